import Foundation

/// How a decoder's work grows with its input: inputs of one repeated fragment, each twice as long as the one before.
struct Growth: Sendable {
  /// A fragment whose work grows faster than its length.
  struct Finding: Sendable {
    let fragment: String
    /// Seconds of processor time, by bytes.
    let seconds: [(bytes: Int, seconds: Double)]
    /// 1 for work that is linear, 2 for quadratic.
    let exponent: Double
  }

  /// Fragments that have been quadratic somewhere, and their kin.
  static let fragments = [
    "a", " ", "<", "< ", "\"", "\\", "\\\"", "\u{301}", "a\u{301}", "\u{1E000}", "👩‍", "[", "{\"a\":", ",", "\n", "\"\n",
    "中",
    "[CLS]", "##", "aaaaaaaaa ", "<think>", "`", "{", "}", "\\u0001", "0", "-", "\0", "\u{FFFD}", "=",
  ]

  let decoder: Decoder

  /// Measures every fragment: alone, and in the middle of each seed where a string stands.
  func findings(from start: Int = 1 << 12, doublings: Int = 5) -> [Finding] {
    let seeds = [[UInt8]]([[]]) + decoder.seeds
    return Self.fragments.flatMap { fragment in seeds.map { finding(fragment, in: $0, start, doublings) } }
  }

  private func finding(_ fragment: String, in seed: [UInt8], _ start: Int, _ doublings: Int) -> Finding {
    let unit = Array(fragment.utf8)
    let place = seed.firstIndex(of: UInt8(ascii: "x")) ?? seed.count / 2
    let points = (0...doublings).map { step in
      let times = max(1, (start << step) / unit.count)
      var bytes = Array(seed[..<place])
      for _ in 0..<times { bytes += unit }
      bytes += seed[place...]
      return (bytes: bytes.count, seconds: (0..<3).map { _ in seconds(of: bytes) }.min() ?? 0)
    }
    // The last two doublings: the first ones are all constant cost.
    let (first, last) = (points[points.count - 3], points[points.count - 1])
    let exponent =
      log(max(last.seconds, 1e-6) / max(first.seconds, 1e-6)) / log(Double(last.bytes) / Double(first.bytes))
    return Finding(fragment: fragment, seconds: points, exponent: exponent)
  }

  private func seconds(of bytes: [UInt8]) -> Double {
    let start = Self.processorTime
    // Its answer is its own affair; only the time counts.
    _ = Result { try decoder.read(bytes) }
    return Self.processorTime - start
  }

  private static var processorTime: Double {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }
}
