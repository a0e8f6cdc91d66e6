import Content
import Foundation
import Postgres

/// What somebody says is right for a sample, as Postgres keeps it: each word of each person, of which the last one counts.
public struct GoldLabelRow: Sendable, Equatable {
  /// Whose sample it is.
  public let task: String
  /// The sample's id.
  public let id: String
  /// What is right.
  public let truth: Truth
  /// Who says so; empty where nobody is named.
  public let by: String
  /// When it was said.
  public let labelledAt: Date

  /// A row; U+0000 in texts becomes U+FFFD.
  public init(task: String, id: String, truth: Truth, by: String = "", labelledAt: Date) {
    var nulls = NullReplacement()
    self.task = nulls.clean(task)
    self.id = nulls.clean(id)
    self.truth = nulls.clean(truth)
    self.by = nulls.clean(by)
    self.labelledAt = labelledAt
  }

  init(_ row: Row) throws {
    let (label, captions): (String?, [String]?) = (try row["label"], try row["captions"])
    self.init(
      task: try row["task"], id: try row["id"], truth: label.map(Truth.label) ?? .captions(captions ?? []),
      by: try row["labelled_by"], labelledAt: try row["labelled_at"])
  }

  static let columns = ["task", "id", "label", "captions", "labelled_by", "labelled_at"]

  func append(to buffer: inout CopyBuffer) {
    buffer.append(task)
    buffer.append(id)
    buffer.append(truth.label)
    buffer.append(truth.captions) { $0.append($1) }
    buffer.append(by)
    buffer.append(labelledAt)
  }
}

extension ResultRow {
  /// The row as a person's word makes it; `nil` where that changes nothing, or is no word about such a reply.
  func labelled(by gold: GoldLabelRow) -> ResultRow? {
    guard gold.truth.quality(of: reply) != nil, truth != gold.truth || labelledAt != gold.labelledAt else { return nil }
    return with(gold.truth, labelledAt: gold.labelledAt)
  }
}
