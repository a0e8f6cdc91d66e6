import Encoders
import Evaluation
import Foundation
import SmallModel
import Tasks
import Terminal

extension TrainCommand {
  /// Trains the captioners of a task that answers with captions.
  func trainCaptioners(_ definition: TaskDefinition) async throws {
    guard let recipe = definition.captioner else { return }
    let (rows, held) = (try self.rows.captioned(data), try self.rows.captioned(heldOut))
    let headRows = try headData.map { try self.rows.captioned($0) }
    FileNotes.say(DataWarnings.heldOut(held.rows), of: heldOut)
    let steps = StepPrinter()
    let training = CaptionerTraining(task: definition.name, encoders: EncoderLibrary()) { steps.show($0) }
    let small = try await training.train(recipe, as: .specific, on: rows, heldOut: held)
    try small.write(to: task.files.specific)
    var written = [task.files.specific.path]
    if let recipe = definition.largeCaptioner {
      try await training.train(recipe, as: .large, on: headRows ?? rows, heldOut: held).write(to: task.files.large)
      written.append(task.files.large.path)
    }
    let alone = try CaptionerTraining.figures(of: small, on: held, encoders: EncoderLibrary())
    steps.finish()
    StandardOutput.say(
      """
      \(small.card.version), on the held-out pictures

      \(CaptionFiguresText.table([("small", alone)]))
      written: \(written.joined(separator: ", "))
      next:    shunt calibrate --task \(task.task) --data \(heldOut)
      """)
  }
}
