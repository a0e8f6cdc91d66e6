import Datasets
import Foundation
import LargeModel

extension LargeModelKind {
  /// Answers that a large model once gave, from a file.
  static let recorded = LargeModelKind(
    replies: [.label, .caption],
    traits: { _ in
      var traits = LargeModelTraits()
      (traits.givesProbabilities, traits.takesFewerCandidates) = (false, false)
      // Whatever is in a sample.
      (traits.reads, traits.knowsByID) = ([.text, .image], true)
      return traits
    }
  ) { task, parts in
    let lines = try (parts.recording ?? recordedRows(task)).map {
      RecordedAnswers.Line(id: $0.id, text: $0.input.text, answer: $0.recordedAnswer)
    }
    if task.reply == .caption { return try RecordedAnswers(captions: lines, name: task.name) }
    return try RecordedAnswers(lines, name: task.name, labels: parts.labels, accuracy: task.largeModel.accuracy)
  }

  private static func recordedRows(_ task: TaskDefinition) throws -> [DataRow] {
    guard let file = task.largeModel.file else {
      throw TaskError("task \(task.name): large_model.file must name the file with the recorded answers")
    }
    var rules = ReadingRules()
    rules.fields.recordedAnswer = task.largeModel.answerField
    rules.fields.required = [rules.fields.recordedAnswer]
    return try DataFile(URL(fileURLWithPath: file), rules: rules).rows()
  }
}
