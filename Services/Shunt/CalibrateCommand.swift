import Evaluation
import Cascade
import Classification
import ArgumentParser
import Operations
import Distiller
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
      in task.json, section threshold: near_best, best_accuracy, query_budget, accuracy_floor, risk_controlled or parity.
      Without one the fewest queries are chosen with which accuracy is within a point of the best; what 10, 20 and 30 % of
      queries would give stands beside it. With pruning.mode auto in task.json, or with --pruning auto, none, soft, hard and
      both are compared by that rule, and the choice is kept with the threshold.

        shunt calibrate --task examples/clinc150-lt --data validation.jsonl --picture curve.svg

      Of a server it is said first how many questions it is asked, and what they cost at most; on a terminal you may say no.
      Its answers are kept in the task's folder, in large-model-answers.jsonl, and never asked for twice while model, prompt
      and candidates stay. A row without an answer is left out and counted; with more than 5 % of them nothing is written,
      and the code is not 0.

      The rows with their answers go to held-out.jsonl, by which the distiller judges; then all is there for shunt local.
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
    let definition = try task.definition()
    if definition.reply == .caption { return try await calibrateCaptioner(definition) }
    let steps = StepPrinter()
    let scoring = try await TaskScoring(task, rows, data: data) { steps.show($0) }
    let named = pruning == .auto ? nil : scoring.definition.pruning.chosenMode
    let answers = try await scoring.answers(pruning: named.map { [$0] }, named: "held-out")
    steps.finish()
    let choice = try ShuntChoice(scoring.scoring, answers: answers, named: named, renamedAt: Date())
    guard let curve = choice.curves[choice.mode], let calibrated = choice.scoring.stages.first?.artifact,
      let chosen = answers[choice.mode]
    else { return }
    let alone = try choice.scoring.figures(chosen)
    FileNotes.say(choice.notes, of: task.task)
    try calibrated.write(to: task.files.specific)
    try choice.intermediate?.write(to: task.files.intermediate)
    try HeldOutFile.write(chosen.heldOutRows(labels: calibrated.card.labels), to: task.files.heldOut)
    if choice.curves.count > 1 { StandardOutput.say(ThresholdTables.prunings(choice)) }
    if named == nil, scoring.definition.pruning.chosenMode != nil {
      StandardOutput.say(
        "pruning \(choice.mode.rawValue) serves best; task.json's pruning.mode stands until it says auto")
    }
    StandardOutput.say(ThresholdTables.curve(curve, chosen: choice.point))
    try draw(curve, task: calibrated.card.task, quality: "accuracy")
    StandardOutput.say(ThresholdTables.prices(curve, chosen: choice.point, alone: alone))
    StandardOutput.say(
      """
      written: \(task.files.specific.path), \(task.files.heldOut.path)
      next:    shunt local --task \(task.task)
      A distiller beside other workers needs in its settings:
               {"distiller": {"tasks": {"\(calibrated.card.task)": {"held_out": "\(task.files.heldOut.path)", \
      "new_answers": \(TaskDistillation.newAnswersOfFolders)}}}}
      """)
  }

  /// Draws the curve here, and as the picture that `--picture` names.
  func draw(_ curve: ThresholdCurve, task: String, quality: String) throws {
    let series = curveSeries(curve.thinned(to: 200))
    StandardOutput.say(LineChart.render([series]))
    guard let picture else { return }
    let chart = SVGLineChart(
      title: "\(task): the shunt at every threshold", xLabel: "query share", yLabel: quality, series: [series])
    try Data(chart.render().utf8).write(to: URL(fileURLWithPath: picture), options: .atomic)
  }
}
