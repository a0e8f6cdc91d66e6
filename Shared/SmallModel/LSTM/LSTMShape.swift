/// The sizes of an LSTM.
public struct LSTMShape: Sendable, Equatable, Codable {
  /// How many tokens the embedding has.
  public let vocabulary: Int
  /// The token whose embedding is zero.
  public let padding: Int
  /// The embedding's dimensions.
  public let dimension: Int
  /// Units of a direction, a multiple of 16.
  public let hidden: Int
  /// How many labels.
  public let labels: Int

  /// - Throws: where a size is not usable, with its name and value.
  public init(vocabulary: Int, padding: Int, dimension: Int, hidden: Int, labels: Int) throws(SmallModelError) {
    (self.vocabulary, self.padding, self.dimension) = (vocabulary, padding, dimension)
    (self.hidden, self.labels) = (hidden, labels)
    try validate()
  }

  static let gates = 4
  static let hiddenRange = 16...2048

  /// What the linear head sees: the largest output of each unit of both directions.
  var features: Int { 2 * hidden }

  /// Refuses sizes that no network can have or that are far beyond any sensible one, so that a damaged file cannot ask for
  /// all memory.
  func validate() throws(SmallModelError) {
    try Self.check(vocabulary, "vocabulary", 1...10_000_000)
    try Self.check(padding, "padding", 0...(vocabulary - 1))
    try Self.check(dimension, "dimension", TextCNNShape.Ranges.dimension)
    try Self.check(hidden, "hidden", Self.hiddenRange)
    try Self.check(labels, "labels", 2...1_000_000)
    guard hidden % 16 == 0 else { throw SmallModelError("LSTM: hidden is \(hidden), which is no multiple of 16") }
  }

  private static func check(_ value: Int, _ name: String, _ range: ClosedRange<Int>) throws(SmallModelError) {
    guard range.contains(value) else {
      throw SmallModelError("LSTM: \(name) is \(value), it must be from \(range.lowerBound) to \(range.upperBound)")
    }
  }
}
