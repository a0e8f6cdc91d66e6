/// Filters of one width.
public struct FilterBank: Sendable, Equatable, Codable {
  /// Over how many neighbouring tokens each filter reaches.
  public let width: Int
  /// How many filters.
  public let count: Int

  /// - Parameters:
  ///   - width: 1 ... 8.
  ///   - count: from 1.
  public init(width: Int, count: Int) {
    self.width = width
    self.count = count
  }
}

/// The sizes of a TextCNN.
public struct TextCNNShape: Sendable, Equatable, Codable {
  /// How many tokens the embedding has.
  public let vocabulary: Int
  /// The token whose embedding is zero.
  public let padding: Int
  /// The embedding's dimensions.
  public let dimension: Int
  /// The filters.
  public let filters: [FilterBank]
  /// How many labels.
  public let labels: Int

  /// - Throws: where a size is not usable, with its name and value.
  public init(
    vocabulary: Int, padding: Int, dimension: Int, filters: [FilterBank], labels: Int
  ) throws(SmallModelError) {
    self.vocabulary = vocabulary
    self.padding = padding
    self.dimension = dimension
    self.filters = filters
    self.labels = labels
    try validate()
  }

  /// What the sizes that a task chooses may be.
  public enum Ranges {
    package static let dimension = 1...65_536
    package static let width = 1...8
    package static let count = 1...65_536
  }

  /// What the linear head sees: one maximum a filter, then the scaled sum of the embeddings.
  public var features: Int { filters.reduce(0) { $0 + $1.count } + dimension }

  /// The widest filter; 1 without filters.
  public var maximumWidth: Int { filters.map(\.width).max() ?? 1 }

  /// Refuses sizes that no network can have or that are far beyond any sensible one, so that a damaged file cannot ask
  /// for all memory.
  func validate() throws(SmallModelError) {
    try Self.check(vocabulary, "vocabulary", 1...10_000_000)
    try Self.check(padding, "padding", 0...(vocabulary - 1))
    try Self.check(dimension, "dimension", Ranges.dimension)
    try Self.check(labels, "labels", 2...1_000_000)
    try Self.check(filters.count, "filters.count", 0...64)
    for bank in filters {
      try Self.check(bank.width, "filters.width", Ranges.width)
      try Self.check(bank.count, "filters.count", Ranges.count)
    }
  }

  private static func check(_ value: Int, _ name: String, _ range: ClosedRange<Int>) throws(SmallModelError) {
    guard range.contains(value) else {
      throw SmallModelError(
        "TextCNN: \(name) is \(value), it must be from \(range.lowerBound) to \(range.upperBound)")
    }
  }
}
