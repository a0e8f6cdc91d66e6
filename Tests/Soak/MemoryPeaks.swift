import Foundation

/// A process's memory.
enum ResidentMemory {
  /// Bytes that a process has in memory; `nil` once it is gone.
  static func bytes(of process: Int32) -> Int? {
    guard let data = FileManager.default.contents(atPath: "/proc/\(process)/statm") else { return nil }
    let fields = String(decoding: data, as: UTF8.self).split(separator: " ")
    return fields.count > 1 ? Int(fields[1]).map { $0 * sysconf(Int32(_SC_PAGESIZE)) } : nil
  }
}

/// The most memory that any worker of a kind had, in the first half of a soak and in the second.
struct MemoryPeaks: Sendable, Equatable {
  /// Bytes.
  struct Halves: Sendable, Equatable {
    var first = 0
    var second = 0
  }

  private(set) var byCommand: [String: Halves] = [:]

  /// - Parameter share: of the soak that is done, 0 to 1.
  mutating func note(_ bytes: Int, of command: String, at share: Double) {
    var halves = byCommand[command] ?? Halves()
    if share < 0.5 { halves.first = max(halves.first, bytes) } else { halves.second = max(halves.second, bytes) }
    byCommand[command] = halves
  }

  /// The kinds whose second half was larger by more than a quarter and 64 MB.
  var growing: [String] {
    byCommand.filter { $0.value.second > $0.value.first + $0.value.first / 4 + 64 << 20 }.map(\.key).sorted()
  }
}
