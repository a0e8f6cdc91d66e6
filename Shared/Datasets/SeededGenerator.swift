/// A small seeded generator for splits that are the same on every machine (SplitMix64, Steele et al. 2014).
public struct SeededGenerator: RandomNumberGenerator, Sendable {
  private var state: UInt64

  /// The same seed gives the same numbers.
  public init(seed: UInt64) { state = seed }

  /// The next 64 bits.
  public mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}

extension Array where Element == DataRow {
  /// The rows in an order that the seed decides.
  public func shuffled(seed: UInt64) -> [DataRow] {
    var generator = SeededGenerator(seed: seed)
    return shuffled(using: &generator)
  }

  /// At most `count` rows of each label, and the others; both in their order. Rows without a label are among the others.
  public func split(perLabel count: Int) -> (taken: [DataRow], others: [DataRow]) {
    var seen: [String: Int] = [:]
    var (taken, others) = ([DataRow](), [DataRow]())
    for row in self {
      guard let label = row.label, seen[label, default: 0] < count else {
        others.append(row)
        continue
      }
      seen[label, default: 0] += 1
      taken.append(row)
    }
    return (taken, others)
  }

  /// The labels that occur, sorted.
  public var labels: [String] { Set(compactMap(\.label)).sorted() }
}
