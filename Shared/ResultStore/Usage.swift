import Postgres

/// What an answer of the large model took.
public struct Usage: Sendable, Equatable {
  /// Tokens sent.
  public let promptTokens: Int
  /// Tokens received.
  public let completionTokens: Int
  /// In US dollars.
  public let cost: Double

  /// Tokens and cost of all requests for one answer.
  public init(promptTokens: Int, completionTokens: Int, cost: Double) {
    self.promptTokens = promptTokens
    self.completionTokens = completionTokens
    self.cost = cost
  }
}

extension Usage {
  static let columns: [ResultColumn] = [
    ResultColumn("prompt_tokens") { $1.append(count: $0.usage?.promptTokens) },
    ResultColumn("completion_tokens") { $1.append(count: $0.usage?.completionTokens) },
    ResultColumn("cost") { row, buffer in buffer.append(row.usage?.cost) { $0.append($1) } },
  ]

  /// Read back.
  init?(_ row: Row) throws {
    guard let tokens: Int = try row["prompt_tokens"] else { return nil }
    self.init(promptTokens: tokens, completionTokens: try row["completion_tokens"], cost: try row["cost"])
  }
}
