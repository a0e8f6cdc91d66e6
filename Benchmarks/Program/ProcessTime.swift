import Foundation

/// CPU time of this process. By it the rate of one thread does not depend on who else uses the machine.
enum ProcessTime {
  /// Seconds of CPU that `body` takes, on all threads.
  static func seconds(of body: () async throws -> Void) async rethrows -> Double {
    let start = now
    try await body()
    return now - start
  }

  /// The same of what waits for nothing.
  static func seconds(of body: () throws -> Void) rethrows -> Double {
    let start = now
    try body()
    return now - start
  }

  private static var now: Double {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }
}
