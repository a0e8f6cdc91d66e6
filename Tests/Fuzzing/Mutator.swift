import Cascade

/// Makes inputs from seeds: the same number, the same input.
package struct Mutator: Sendable {
  private let seeds: [[UInt8]]
  private let seed: UInt64
  /// Bytes that an input has at most.
  private let longest: Int

  /// What breaks readers, spliced in whole.
  private static let fragments: [[UInt8]] =
    [
      "\"", "\\", "\"\u{301}", "\\u0000", "\\ud83d", "\\udc00", "\u{301}\u{302}", "\u{1E000}", "👩‍👩‍👧‍👦", "\u{FEFF}", "\0",
      "\r\n",
      "{", "}", "[", "]", "[[[[[[[[", ",", ":", "null", "true", "-0", "1e309", "-1e39", "18446744073709551616",
      "9223372036854775807", "-9223372036854775808", "0.1", "NaN", "Infinity", "<think>", "```json\n", "\\boxed{", "##",
      "[CLS]", "\t;", "\"\"", " ", "中", "\u{202E}", "=", "Ā", "d", "999999999d",
    ].map { Array($0.utf8) } + [
      [0xFF], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0, 0, 0, 0, 1], [0xFF, 0xFF, 0xFF, 0xFF, 0x7F],
    ]

  package init(seeds: [[UInt8]], seed: UInt64, longest: Int = 4096) {
    self.seeds = seeds
    self.seed = seed
    self.longest = longest
  }

  /// The input of a number; a seed as it is where it is below their count.
  package func input(_ number: Int) -> [UInt8] {
    guard number >= seeds.count else { return seeds[number] }
    var generator = SplitMix64(seed: seed &+ UInt64(number) &* 0x9E37_79B9_7F4A_7C15)
    var bytes = seeds[Int.random(in: 0..<seeds.count, using: &generator)]
    for _ in 0..<Int.random(in: 1...6, using: &generator) { change(&bytes, &generator) }
    return Array(bytes.prefix(longest))
  }

  private func change(_ bytes: inout [UInt8], _ generator: inout SplitMix64) {
    let place = Int.random(in: 0...bytes.count, using: &generator)
    let length = min(bytes.count - place, Int.random(in: 1...max(1, min(64, bytes.count)), using: &generator))
    switch Int.random(in: 0..<8, using: &generator) {
    case 0 where place < bytes.count: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
    case 1 where place < bytes.count: bytes[place] = UInt8.random(in: 0...255, using: &generator)
    case 2: bytes.removeSubrange(place..<place + length)
    case 3: bytes.insert(contentsOf: bytes[place..<place + length], at: place)
    case 4:
      let other = seeds[Int.random(in: 0..<seeds.count, using: &generator)]
      bytes = Array(bytes[..<place] + other.suffix(Int.random(in: 0...other.count, using: &generator)))
    case 5:
      let fragment = Self.fragments[Int.random(in: 0..<Self.fragments.count, using: &generator)]
      let times = 1 << Int.random(in: 0...8, using: &generator)
      bytes.insert(contentsOf: (0..<times).flatMap { _ in fragment }, at: place)
    default:
      let fragment = Self.fragments[Int.random(in: 0..<Self.fragments.count, using: &generator)]
      bytes.replaceSubrange(place..<place + min(length, fragment.count), with: fragment)
    }
  }
}
