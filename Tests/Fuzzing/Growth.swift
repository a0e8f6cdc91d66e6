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
  /// Seconds after which an input is long enough.
  private static let longest = 0.1

  /// Measures every fragment: alone, in the middle of each seed, and in each of its JSON strings.
  func findings(from start: Int = 1 << 12, doublings: Int = 5) -> [Finding] {
    let places = [([UInt8](), 0)] + decoder.seeds.flatMap { seed in Self.places(in: seed).map { (seed, $0) } }
    return Self.fragments.flatMap { fragment in
      places.map { finding(fragment, in: $0.0, at: $0.1, start, doublings) }
    }
  }

  private static func places(in seed: [UInt8]) -> [Int] {
    let strings = seed.indices.dropFirst(2).filter { seed[$0 - 2..<$0].elementsEqual(":\"".utf8) }
    return [seed.count / 2] + strings
  }

  private func finding(
    _ fragment: String, in seed: [UInt8], at place: Int, _ start: Int, _ doublings: Int
  ) -> Finding {
    let unit = Array(fragment.utf8)
    var points: [(bytes: Int, seconds: Double)] = []
    for step in 0...doublings {
      var bytes = Array(seed[..<place])
      for _ in 0..<max(1, (start << step) / unit.count) { bytes += unit }
      bytes += seed[place...]
      let first = seconds(of: bytes)
      // What takes long needs no second look, and no longer input.
      points.append((bytes.count, first > Self.longest ? first : min(first, seconds(of: bytes), seconds(of: bytes))))
      if first > Self.longest, points.count > 2 { break }
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
