import Foundation

/// Rates of two ways to do the same work, measured in turn; `pairs.py` makes the benchmark's last line of them.
struct Comparison: Encodable {
  /// Units a second: ours, the rival's.
  private(set) var pairs: [[Double]] = []
  /// What else was found.
  var facts: [String: Double] = [:]

  mutating func append(ours: Double, rival: Double) {
    pairs.append([ours, rival])
    FileHandle.standardError.write(Data("pair \(pairs.count): ours \(Int(ours)), rival \(Int(rival))\n".utf8))
  }

  func json() throws -> String { String(decoding: try JSONEncoder().encode(self), as: UTF8.self) }

  /// The middle value; 0 of none.
  static func median(_ values: [Double]) -> Double {
    let sorted = values.sorted()
    guard !sorted.isEmpty else { return 0 }
    return (sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2
  }
}
