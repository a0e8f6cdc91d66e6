import ArgumentParser
import SmallModel
import Terminal

/// `shunt evaluate`
struct EvaluateCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "evaluate", abstract: "Scores a task's models on labelled rows: small, large, and both shunted.",
    discussion: """
      Runs the same cascade as the router, offline, at the threshold in specific.safetensors. With --learnable it has
      three stages, as after distillation: 'shunt models export' writes the file.

        shunt evaluate --task examples/clinc150-lt --data test.jsonl
        shunt evaluate --task examples/mail --data test.csv.gz --text-field body --label-field folder

      A row that the large model gave no answer to is left out and counted; with more than 5 % of them there are no
      figures, and the code is not 0.
      """)

  @OptionGroup var task: TaskOption

  @Option(name: .long, help: "A file of labelled rows to score on, or - for standard input.")
  var data: String

  @Option(name: .long, help: "A learnable model's file, for the stage between the small and the large model.")
  var learnable: String?

  @OptionGroup(title: "Rows") var rows: RowsOptions

  func run() async throws {
    let definition = try task.definition()
    if definition.reply == .caption { return try await evaluateCaptioner(definition) }
    let steps = StepPrinter()
    let scoring = try await TaskScoring(task, rows, data: data, learnable: learnable) { steps.show($0) }
    guard scoring.artifact.card.thresholds[ModelCard.shuntThreshold] != nil else {
      throw CommandError("\(task.files.specific.path) has no threshold yet; run 'shunt calibrate' first")
    }
    let mode = scoring.definition.pruning.chosenMode ?? scoring.artifact.card.pruning ?? .none
    guard let answers = try await scoring.answers(pruning: [mode], named: "labelled")[mode] else {
      throw CommandError("\(data) has no rows to score")
    }
    steps.finish()
    let figures = try scoring.scoring.figures(answers)
    StandardOutput.say(FiguresText.overall(figures))
    if let regions = figures.shunt.regions { StandardOutput.say(FiguresText.groups(regions)) }
    if let categories = figures.shunt.categories { StandardOutput.say(FiguresText.groups(categories)) }
    StandardOutput.say(try LineChart.render([curveSeries(scoring.scoring.curve(answers).thinned(to: 200))]))
  }
}
