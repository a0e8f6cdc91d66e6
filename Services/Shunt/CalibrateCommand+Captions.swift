import Cascade
import Evaluation
import Foundation
import Operations
import SmallModel
import Tasks
import Terminal

extension CalibrateCommand {
  /// Chooses the threshold of a task that answers with captions, by its rule on the mean sentence BLEU.
  func calibrateCaptioner(_ definition: TaskDefinition) async throws {
    guard pruning == nil else {
      throw CommandError(
        "--pruning is for labels; of captions pruning.mode in task.json says whether the prompt shows the small model's"
      )
    }
    let steps = StepPrinter()
    let scoring = try await CaptionTaskScoring.load(definition, task, rows, data: data) { steps.show($0) }
    let answers = try await scoring.answers(named: "held-out")
    steps.finish()
    let choice = try scoring.scoring.choice(answers, by: definition.threshold, renamedAt: Date())
    let figures = try choice.scoring.figures(answers)
    try choice.scoring.stages[0].artifact.write(to: task.files.specific)
    try HeldOutFile.write(answers.heldOutRows, to: task.files.heldOut)
    StandardOutput.say(ThresholdTables.curve(choice.curve, chosen: choice.point, quality: "mean sentence BLEU"))
    try draw(choice.curve, task: definition.name, quality: "mean sentence BLEU")
    StandardOutput.say(
      """
      \(CaptionFiguresText.table(figures))
      \(CaptionFiguresText.ranking(figures.confidence))

      written: \(task.files.specific.path), \(task.files.heldOut.path)
      next:    shunt local --task \(task.task)
      """)
  }
}
