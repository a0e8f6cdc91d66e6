import Postgres

/// What pruning did to the prompt.
public struct Pruning: Sendable, Equatable {
  /// Labels that the task has.
  public let candidatesBefore: Int
  /// Labels that the prompt kept.
  public let candidatesAfter: Int
  /// In bits.
  public let entropyBefore: Float
  /// In bits.
  public let entropyAfter: Float

  /// Candidates and entropies before and after.
  public init(candidatesBefore: Int, candidatesAfter: Int, entropyBefore: Float, entropyAfter: Float) {
    self.candidatesBefore = candidatesBefore
    self.candidatesAfter = candidatesAfter
    self.entropyBefore = entropyBefore
    self.entropyAfter = entropyAfter
  }
}

extension Pruning {
  static let columns: [ResultColumn] = [
    ResultColumn("candidates_before") { $1.append(count: $0.pruning?.candidatesBefore) },
    ResultColumn("candidates_after") { $1.append(count: $0.pruning?.candidatesAfter) },
    ResultColumn("entropy_before") { $1.append($0.pruning?.entropyBefore) },
    ResultColumn("entropy_after") { $1.append($0.pruning?.entropyAfter) },
  ]

  /// Read back.
  init?(_ row: Row) throws {
    guard let before: Int = try row["candidates_before"] else { return nil }
    self.init(
      candidatesBefore: before, candidatesAfter: try row["candidates_after"],
      entropyBefore: try row["entropy_before"], entropyAfter: try row["entropy_after"])
  }
}
