import Datasets
import Encoders
import Evaluation
import Experiments
import Foundation
import Operations
import SmallModel
import Tasks
import Terminal
import Workbench

extension ExperimentCommand {
  /// An experiment whose replies are captions.
  func runCaptions(_ folder: URL, _ models: ModelsFolder) async throws {
    for (isNamed, flag) in [
      (ablation, "--ablation"), (answerField != nil, "--answer-field"),
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
      name: name.rawValue, task: definition, data: rows, trained: try trainedCaptioner(), models: models,
      step: { steps.show($0) }
    ).run()
    if let output { try write(outcome, to: TaskFiles(folder: URL(fileURLWithPath: output))) }
    var figures = outcome.report
    figures.origin = ReportOrigin(commit: commit)
    var distilled: DistilledCaptions?
    if distill {
      distilled = try await DistillationRun(
        document: TaskDocument(folder: folder), task: definition, data: rows, outcome: outcome, models: models,
        step: { steps.show($0) }
      ).run()
      (figures.distilled, figures.rounds) = (distilled?.figures, distilled?.rounds)
    }
    steps.finish()
    if let report { try figures.write(to: URL(fileURLWithPath: report)) }
    if let page { try write(outcome.test, distilled?.answers ?? [:], figures, to: URL(fileURLWithPath: page)) }
    let text = CaptionReportText(report: figures)
    StandardOutput.say(text.description)
    if let picture { try Data(text.picture.utf8).write(to: URL(fileURLWithPath: picture), options: .atomic) }
  }

  /// The small captioner, where `--small` names a file of one; `nil`: it is trained.
  private func trainedCaptioner() throws -> CaptionerArtifact? {
    switch small.first {
    case nil: return nil
    case .file(let path) where small.count == 1: return try CaptionerArtifact(contentsOf: URL(fileURLWithPath: path))
    default: throw CommandError("--small takes one file of a trained captioner; task.json says what is trained else")
    }
  }

  private func write(_ outcome: CaptionExperimentRun.Outcome, to files: TaskFiles) throws {
    try outcome.small.write(to: files.specific)
    try outcome.large?.write(to: files.large)
    try HeldOutFile.write(outcome.heldOut, to: files.heldOut)
  }

  /// 50 of the test pictures, drawn by the seed.
  private func write(
    _ test: [CaptionScoring.Outcome], _ distilled: [String: DistilledCaption], _ report: CaptionReport, to url: URL
  ) throws {
    var generator = SeededGenerator(seed: report.seed)
    let some = test.shuffled(using: &generator).prefix(50)
    try CaptionPage(title: report.name, threshold: report.threshold, pictures: Array(some), distilled: distilled)
      .write(to: url)
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
