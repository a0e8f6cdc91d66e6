import Foundation

/// What Prometheus' own client libraries say of a process: processor time, memory, open files, start.
/// Read from Linux' `/proc`; empty elsewhere.
enum ProcessMetrics {
  /// The four metrics in the text exposition format.
  static func render() -> String {
    guard let stat = contents("/proc/self/stat"), let machine = contents("/proc/stat"),
      let usage = ProcessUsage(
        stat: stat, machine: machine, ticksPerSecond: Double(sysconf(Int32(_SC_CLK_TCK))),
        pageSize: Double(sysconf(Int32(_SC_PAGESIZE))))
    else { return "" }
    return usage.text + openFiles()
  }

  private static func openFiles() -> String {
    // The folder itself is open while it is read.
    guard
      case .success(let files) = Result(catching: {
        try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")
      })
    else { return "" }
    return "# TYPE process_open_fds gauge\nprocess_open_fds \(max(files.count - 1, 0))\n"
  }

  private static func contents(_ path: String) -> String? {
    FileManager.default.contents(atPath: path).map { String(decoding: $0, as: UTF8.self) }
  }
}

/// The numbers of proc_pid_stat(5) that operators watch.
struct ProcessUsage: Equatable {
  let processorSeconds: Double
  let residentBytes: Double
  let startSeconds: Double

  /// `nil` where the texts are not of the kernel's form.
  init?(stat: String, machine: String, ticksPerSecond: Double, pageSize: Double) {
    // The second field is the program's name in parentheses and may hold spaces; counting starts behind it.
    guard let end = stat.lastIndex(of: ")") else { return nil }
    let fields = stat[stat.index(after: end)...].split(separator: " ").map { Double($0) }
    let boot = machine.split(separator: "\n").first { $0.hasPrefix("btime ") }.flatMap { Double($0.dropFirst(6)) }
    guard fields.count > 21, let user = fields[11], let system = fields[12], let start = fields[19],
      let pages = fields[21], let boot
    else { return nil }
    processorSeconds = (user + system) / ticksPerSecond
    residentBytes = pages * pageSize
    startSeconds = boot + start / ticksPerSecond
  }

  var text: String {
    [
      ("process_cpu_seconds_total", "counter", processorSeconds),
      ("process_resident_memory_bytes", "gauge", residentBytes),
      ("process_start_time_seconds", "gauge", startSeconds),
    ].map { "# TYPE \($0.0) \($0.1)\n\($0.0) \(PrometheusText.number($0.2))\n" }.joined()
  }
}
