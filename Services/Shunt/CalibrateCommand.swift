import ArgumentParser
import Cascade
import Experiments
import Foundation
import LargeModel
import SmallModel
import Tasks
import Terminal

/// `shunt calibrate`
struct CalibrateCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "calibrate", abstract: "Chooses a task's shunt threshold on held-out rows, by the task's rule.",
    discussion: """
      Asks the small and the large model about every row, draws accuracy against query share, and writes the chosen
      threshold into specific.safetensors. The rule stands in task.json, section threshold: best_accuracy,
      query_budget, accuracy_floor or risk_controlled. With pruning.mode auto in task.json, or with --pruning auto,
      none, soft, hard and both are compared by that rule, and the choice is kept with the threshold.
      """)

  @OptionGroup var task: TaskOption

  @Option(name: .long, help: "Labelled rows that the small model was not trained on.")
  var data: String

  @Option(name: .long, help: "Where to write the curve as an SVG picture.")
  var picture: String?

  @Option(name: .long, help: "auto compares all prunings, whatever task.json says. (default: as task.json says)")
  var pruning: PruningOption?

  /// What `--pruning` takes.
  enum PruningOption: String, ExpressibleByArgument, CaseIterable { case auto }

  func run() async throws {
    let steps = StepPrinter()
    let scoring = try await TaskScoring(task, data: data) { steps.show($0) }
    let rule = scoring.definition.threshold
    let named = pruning == .auto ? nil : scoring.definition.pruning.chosenMode
    let curves = try await scoring.answers(pruning: named.map { [$0] }, named: "held-out").mapValues(\.curve)
    steps.finish()
    let choice = try PruningChoice(rule, curves: curves)
    guard let curve = curves[choice.mode] else { return }
    let point = choice.point
    var card = scoring.artifact.card
    card.pruning = named == nil ? choice.mode : nil
    card.thresholds[ModelCard.shuntThreshold] = Double(point.threshold)
    // Another threshold answers otherwise, so it is another version.
    card.version = ModelVersionName.make(task: card.task, createdAt: Date())
    try scoring.artifact.with(card).write(to: task.files.specific)
    if curves.count > 1 { print(pruningTable(curves, rule, chosen: choice.mode)) }
    if named == nil, scoring.definition.pruning.chosenMode != nil {
      print("pruning \(choice.mode.rawValue) serves best; task.json's pruning.mode stands until it says auto")
    }
    print(curveTable(curve, chosen: point))
    let series = curveSeries(curve.thinned(to: 200))
    print(LineChart.render([series]))
    if let picture {
      let chart = SVGLineChart(
        title: "\(card.task): the shunt at every threshold", xLabel: "query share", yLabel: "accuracy",
        series: [series])
      try Data(chart.render().utf8).write(to: URL(fileURLWithPath: picture))
    }
  }

  private func pruningTable(
    _ curves: [PruningMode: ThresholdCurve], _ rule: ThresholdRule, chosen: PruningMode
  ) -> String {
    var table = Table("pruning", "threshold", "accuracy", "query share", "")
    for mode in PruningMode.allCases {
      guard let curve = curves[mode] else { continue }
      do {
        let point = try rule.choose(from: curve)
        table.add(
          mode.rawValue, String(format: "%.4f", point.threshold), percent(Double(point.accuracy)),
          percent(Double(point.queryShare)), mode == chosen ? "chosen" : "")
      } catch { table.add(mode.rawValue, "", "", "", error.description) }
    }
    return table.description
  }

  private func curveTable(_ curve: ThresholdCurve, chosen: ThresholdCurve.Point) -> String {
    var table = Table("threshold", "accuracy", "query share", "error among easy", "")
    for point in curve.thinned(to: 11).filter({ $0 != chosen }) + [chosen] {
      let easyError = point.easyCount > 0 ? percent(Double(point.easyErrors) / Double(point.easyCount)) : ""
      table.add(
        String(format: "%.4f", point.threshold), percent(Double(point.accuracy)), percent(Double(point.queryShare)),
        easyError, point == chosen ? "chosen" : "")
    }
    return table.description
  }
}

/// `shunt evaluate`
struct EvaluateCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "evaluate", abstract: "Scores a task's models on labelled rows: small, large, and both shunted.",
    discussion: """
      Runs the same cascade as the router, offline, at the threshold in specific.safetensors. With --learnable it has
      three stages, as after distillation: 'shunt models export' writes the file.
      """)

  @OptionGroup var task: TaskOption

  @Option(name: .long, help: "Labelled rows to score on.")
  var data: String

  @Option(name: .long, help: "A learnable model's file, for the stage between the small and the large model.")
  var learnable: String?

  func run() async throws {
    let steps = StepPrinter()
    let scoring = try await TaskScoring(task, data: data, learnable: learnable) { steps.show($0) }
    guard let threshold = scoring.artifact.card.thresholds[ModelCard.shuntThreshold] else {
      throw ValidationError("\(task.files.specific.path) has no threshold yet; run 'shunt calibrate' first")
    }
    let mode = scoring.definition.pruning.chosenMode ?? scoring.artifact.card.pruning ?? .none
    guard let answers = try await scoring.answers(pruning: [mode], named: "labelled")[mode] else {
      throw ValidationError("\(data) has no rows to score")
    }
    steps.finish()
    let figures = try scoring.scoring.figures(answers, threshold: Float(threshold))
    print(FiguresText.overall(figures))
    if let regions = figures.shunt.regions { print(FiguresText.groups(regions)) }
    if let categories = figures.shunt.categories { print(FiguresText.groups(categories)) }
    print(LineChart.render([curveSeries(answers.curve.thinned(to: 200))]))
  }
}

/// A task's models, loaded and ready to be scored on labelled rows.
private struct TaskScoring {
  let definition: TaskDefinition
  let artifact: SmallModelArtifact
  let scoring: ShuntScoring
  private let texts: LabelledTexts

  init(
    _ option: TaskOption, data: String, learnable: String? = nil,
    step: @escaping @Sendable (ExperimentStep) -> Void
  ) async throws {
    definition = try option.definition()
    artifact = try SmallModelArtifact(contentsOf: option.files.specific)
    let labels = artifact.card.labels
    texts = try LabelledTexts(labelledRows(data), labels: LabelIndex(labels))
    let hasHead = FileManager.default.fileExists(atPath: option.files.head.path)
    let large = try await LargeModelFactory(models: ModelsFolder()).make(
      definition, labels: labels, head: hasHead ? LinearHead(contentsOf: option.files.head) : nil,
      recording: URL(fileURLWithPath: data))
    let learnable = try learnable.map { try SmallModelArtifact(contentsOf: URL(fileURLWithPath: $0)) }
    scoring = ShuntScoring(task: definition, artifact: artifact, learnable: learnable, large: large, step: step)
  }

  /// - Parameter modes: `nil` for all that can change something.
  func answers(pruning modes: [PruningMode]?, named name: String) async throws -> [PruningMode: ShuntScoring.Answers] {
    try await scoring.answers(texts, pruning: modes ?? scoring.possibleModes, name: name)
  }
}
