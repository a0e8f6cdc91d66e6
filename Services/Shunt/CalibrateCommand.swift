import Evaluation
import Cascade
import Classification
import ArgumentParser
import Foundation
import SmallModel
import Tasks
import Terminal

/// `shunt calibrate`
struct CalibrateCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "calibrate", abstract: "Chooses a task's shunt threshold on held-out rows, by the task's rule.",
    discussion: """
      Asks the small and the large model about every row, draws accuracy against query share, and writes the chosen
      threshold into specific.safetensors, and into intermediate.safetensors where the folder has one. The rule stands
      in task.json, section threshold: best_accuracy, query_budget, accuracy_floor, risk_controlled or parity. With
      pruning.mode auto in task.json, or with --pruning auto, none, soft, hard and both are compared by that rule, and the
      choice is kept with the threshold.

        shunt calibrate --task examples/clinc150-lt --data validation.jsonl --picture curve.svg

      A server is asked one question first. A row without an answer is left out and counted; with more than 5 % of them
      nothing is written, and the code is not 0.
      """)

  @OptionGroup var task: TaskOption

  @Option(
    name: .long, help: "A file of labelled rows that the small model was not trained on, or - for standard input.")
  var data: String

  @Option(name: .long, help: "Where to write the curve as an SVG picture.")
  var picture: String?

  @Option(name: .long, help: "auto compares all prunings, whatever task.json says. (default: as task.json says)")
  var pruning: PruningOption?

  @OptionGroup(title: "Rows") var rows: RowsOptions

  /// What `--pruning` takes.
  enum PruningOption: String, ExpressibleByArgument, CaseIterable { case auto }

  func run() async throws {
    try picture.map { try OutputFile.check($0) }
    let steps = StepPrinter()
    let scoring = try await TaskScoring(task, rows, data: data) { steps.show($0) }
    let rule = scoring.definition.threshold
    let named = pruning == .auto ? nil : scoring.definition.pruning.chosenMode
    let answers = try await scoring.answers(pruning: named.map { [$0] }, named: "held-out")
    steps.finish()
    let choice = try ShuntChoice(scoring.scoring, answers: answers, named: named, renamedAt: Date())
    guard let curve = choice.curves[choice.mode], let calibrated = choice.scoring.stages.first?.artifact else { return }
    FileNotes.say(choice.notes, of: task.task)
    let (curves, point, card) = (choice.curves, choice.point, calibrated.card)
    try calibrated.write(to: task.files.specific)
    try choice.intermediate?.write(to: task.files.intermediate)
    if curves.count > 1 { StandardOutput.say(pruningTable(curves, rule, chosen: choice.mode)) }
    if named == nil, scoring.definition.pruning.chosenMode != nil {
      StandardOutput.say(
        "pruning \(choice.mode.rawValue) serves best; task.json's pruning.mode stands until it says auto")
    }
    StandardOutput.say(curveTable(curve, chosen: point))
    let series = curveSeries(curve.thinned(to: 200))
    StandardOutput.say(LineChart.render([series]))
    if let picture {
      let chart = SVGLineChart(
        title: "\(card.task): the shunt at every threshold", xLabel: "query share", yLabel: "accuracy",
        series: [series])
      try Data(chart.render().utf8).write(to: URL(fileURLWithPath: picture), options: .atomic)
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
          mode.rawValue, NumberText.fixed(Double(point.threshold), decimals: 4), percent(Double(point.accuracy)),
          percent(Double(point.queryShare)), mode == chosen ? "chosen" : "")
      } catch { table.add(mode.rawValue, "", "", "", error.description) }
    }
    return table.description
  }

  private func curveTable(_ curve: ThresholdCurve, chosen: ThresholdCurve.Point) -> String {
    var table = Table("threshold", "accuracy", "query share", "error among easy", "unlike the large model", "")
    for point in curve.thinned(to: 11).filter({ $0 != chosen }) + [chosen] {
      table.add(
        NumberText.fixed(Double(point.threshold), decimals: 4), percent(Double(point.accuracy)),
        percent(Double(point.queryShare)), amongEasy(point.easyErrors, point),
        amongEasy(point.easyDisagreements, point),
        point == chosen ? "chosen" : "")
    }
    return table.description
  }

  private func amongEasy(_ count: Double?, _ point: ThresholdCurve.Point) -> String {
    count.map { point.easyCount > 0 ? percent($0 / Double(point.easyCount)) : "" } ?? ""
  }
}
