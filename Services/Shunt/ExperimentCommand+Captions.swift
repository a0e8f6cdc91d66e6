import Datasets
import Encoders
import Evaluation
import Experiments
import Foundation
import Operations
import SmallModel
import Tasks
import Terminal

extension ExperimentCommand {
  /// An experiment whose replies are captions.
  func runCaptions(_ folder: URL, _ models: ModelsFolder) async throws {
    for (isNamed, flag) in [
      (!small.isEmpty, "--small"), (ablation, "--ablation"), (distill, "--distill"),
      (answerField != nil, "--answer-field"),
    ]
    where isNamed {
      throw CommandError("\(flag) is for experiments with labels, and \(name.rawValue) has captions: leave it out")
    }
    var definition = try TaskDefinition(folder: folder)
    var rows = try ExperimentData(
      name, folder: URL(fileURLWithPath: data), seed: definition.captioner?.training.seed ?? 0,
      answerField: definition.largeModel.answerField)
    if quick { (definition, rows) = (definition.quickCaptions, rows.quick) }
    let steps = StepPrinter()
    let outcome = try await CaptionExperimentRun(
      name: name.rawValue, task: definition, data: rows, models: models, step: { steps.show($0) }
    ).run()
    if let output {
      let files = TaskFiles(folder: URL(fileURLWithPath: output))
      try outcome.small.write(to: files.specific)
      try outcome.large?.write(to: files.large)
    }
    var figures = outcome.report
    figures.origin = ReportOrigin(commit: commit)
    steps.finish()
    if let report { try figures.write(to: URL(fileURLWithPath: report)) }
    if let page { try write(outcome.test, figures, to: URL(fileURLWithPath: page)) }
    let text = CaptionReportText(report: figures)
    StandardOutput.say(text.description)
    if let picture { try Data(text.picture.utf8).write(to: URL(fileURLWithPath: picture), options: .atomic) }
  }

  /// 50 of the test pictures, drawn by the seed.
  private func write(_ test: [CaptionScoring.Outcome], _ report: CaptionReport, to url: URL) throws {
    var generator = SeededGenerator(seed: report.seed)
    let some = test.shuffled(using: &generator).prefix(50)
    try CaptionPage(title: report.name, threshold: report.threshold, pictures: Array(some)).write(to: url)
  }
}

extension TaskDefinition {
  /// With few epochs.
  fileprivate var quickCaptions: TaskDefinition {
    var quick = self
    if let epochs = captioner?.training.epochs { quick.captioner?.training.epochs = min(2, epochs) }
    if let epochs = largeCaptioner?.training.epochs { quick.largeCaptioner?.training.epochs = min(2, epochs) }
    return quick
  }
}
