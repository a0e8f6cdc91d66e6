/// A place in the stream of answers; starts before the first.
public struct AnswerCursor: Sendable, Hashable {
  /// The transaction that wrote the last answer read.
  public let transaction: Int
  /// The last answer read.
  public let sequence: Int

  /// A place.
  public init(transaction: Int = 0, sequence: Int = 0) {
    self.transaction = transaction
    self.sequence = sequence
  }
}
