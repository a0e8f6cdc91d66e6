import Evaluation
import SmallModel
import Tasks
import Terminal

extension EvaluateCommand {
  /// Scores the models of a task that answers with captions.
  func evaluateCaptioner(_ definition: TaskDefinition) async throws {
    let steps = StepPrinter()
    let scoring = try await CaptionTaskScoring.load(definition, task, rows, data: data, learnable: learnable) {
      steps.show($0)
    }
    guard scoring.scoring.stages[0].artifact.card.thresholds[ModelCard.shuntThreshold] != nil else {
      throw CommandError("\(task.files.specific.path) has no threshold yet; run 'shunt calibrate' first")
    }
    let answers = try await scoring.answers(named: "captioned")
    steps.finish()
    let figures = try scoring.scoring.figures(answers)
    StandardOutput.say("\(CaptionFiguresText.table(figures))\n\(CaptionFiguresText.ranking(figures.confidence))\n")
    StandardOutput.say(try LineChart.render([curveSeries(scoring.scoring.curve(answers).thinned(to: 200))]))
  }
}
