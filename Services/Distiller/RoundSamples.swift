import Content
import Datasets
import Evaluation
import Foundation

/// Samples that a task's files give to every round.
struct RoundSamples: Sendable {
  /// What candidates are judged by, and no model is trained on; `nil` where the stream's answers judge.
  let heldOut: [HeldOutRow]?
  /// What S1 was trained on, as a third source; may be empty.
  let labelled: [(input: Input, truth: Truth)]

  /// - Throws: where the file of held-out samples or of labelled rows cannot be read.
  init(_ settings: TaskDistillation) throws {
    heldOut = try settings.heldOut.map { try HeldOutFile.rows(of: URL(filePath: $0)) }
    labelled =
      try settings.labelled.map { path in
        try DataFile(URL(filePath: path)).rows().compactMap { row in row.truth.map { (row.input, $0) } }
      } ?? []
  }
}
