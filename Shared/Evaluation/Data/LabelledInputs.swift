import Classification
import Content
import Datasets
import SmallModel

/// Rows whose labels are among a task's, ready for training and scoring. Pictures stay encoded.
public struct LabelledInputs: Sendable {
  /// The rows.
  public let rows: [DataRow]
  /// [rows]: the class of each.
  public let classes: [Int]

  /// - Throws: `DatasetError` naming the first row whose label is missing or none of the task's, or whose image's bytes
  ///   are not at hand.
  public init(_ rows: [DataRow], labels: LabelIndex) throws {
    classes = try rows.map { row in
      guard let label = row.label else {
        throw DatasetError("row \(row.number), \"\(row.id)\", has no label; training and scoring need one for each row")
      }
      try row.checkImage()
      guard let index = labels[label] else {
        throw DatasetError(
          "row \(row.number), \"\(row.id)\", has label \"\(label)\", which is not among the task's \(labels.names.count)"
        )
      }
      return index
    }
    self.rows = rows
  }

  private init(rows: [DataRow], classes: [Int]) { (self.rows, self.classes) = (rows, classes) }

  /// The rows at some indices.
  func only(_ indices: [Int]) -> LabelledInputs {
    LabelledInputs(rows: indices.map { rows[$0] }, classes: indices.map { classes[$0] })
  }

  /// The rows as networks read them.
  public var inputs: [Input] { rows.map(\.input) }

  /// The rows to train on.
  var examples: TrainingExamples { TrainingExamples(inputs: inputs, targets: .labels(classes)) }
}
