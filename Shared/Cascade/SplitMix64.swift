/// A small seeded generator: the same seed gives the same numbers on every machine (Steele, Lea & Flood 2014).
public struct SplitMix64: RandomNumberGenerator, Sendable, Codable {
  private var state: UInt64

  /// Starts the sequence of a seed.
  public init(seed: UInt64) { state = seed }

  /// The next 64 bits.
  public mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  /// The next index of 0 ..< `count`, from one number, so that the sequence does not hang on a Swift version's way of
  /// rejecting; the bias is below `count` ÷ 2⁶⁴.
  mutating func index(below count: Int) -> Int { Int(next().multipliedFullWidth(by: UInt64(count)).high) }
}
