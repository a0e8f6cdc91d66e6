import ArgumentParser
import Encoders
import Evaluation
import Experiments
import Foundation
import Operations
import SmallModel
import Tasks
import Terminal
import Workbench

/// `shunt experiment NAME`: from raw files to figures in one command.
struct ExperimentCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "experiment",
    abstract: "Trains, calibrates and scores one of the known data sets, raw files to figures.",
    discussion: """
      Known: \(Experiment.allCases.map(\.rawValue).joined(separator: ", ")).

        shunt experiment clinc150-lt --data ../shared/data --report report.json
        shunt experiment clinc150-lt --task examples/clinc150-lt-soft --distill   with a soft prompt
        shunt experiment debian-sections --output examples/debian-sections   then: shunt local
        shunt experiment cifar100-lt --output models   pictures; goes on where it was stopped
        shunt experiment cifar100-lt --small models/specific.safetensors --distill --ablation   with the model trained then
        shunt experiment imdb --small text-cnn --small lstm --small bert --picture imdb.svg   side by side
        shunt experiment flickr8k --distill --page page.html   captions of photographs; the page is to look at
        shunt experiment cifar100-lt --quick   a few pictures and epochs, to see that all is well

      Prints small, large and shunt accuracy, the query share and the curve of the threshold; the report has the same.
      """)

  @Argument(help: "The experiment's name.")
  var name: Experiment

  @Option(name: .long, help: "The folder that holds a folder for each data set.")
  var data: String = "../shared/data"

  @Option(name: .long, help: "Where to write the figures as JSON.")
  var report: String?

  @Option(name: .long, help: "The commit that this program was built from, for the report.")
  var commit: String?

  @Option(name: .long, help: "The task's folder with its task.json. (default: examples/NAME)")
  var task: String?

  @Option(
    name: .long,
    help: ArgumentHelp(
      """
      The small model: a file that --output or 'shunt train' wrote, or an architecture to train \
      (\(Architecture.all.map(\.name).joined(separator: ", "))), whose settings stand in small_model.NAME.json beside \
      task.json. Several may be named, and "all" are those that have settings there. (default: as task.json says)
      """, valueName: "file or architecture"))
  var small: [SmallModelChoice] = []

  @Option(
    name: .long, help: "The field of a row with what a large model answered. (default: large_model.answer_field)")
  var answerField: String?

  @Option(
    name: .long,
    help: "Where to write an SVG picture of accuracy and queries at every threshold, a curve for each small model.")
  var picture: String?

  @Option(
    name: .long,
    help:
      "A folder for the models: specific.safetensors, intermediate.safetensors and head.safetensors where there are any, and held-out.jsonl for the distiller."
  )
  var output: String?

  @Option(
    name: .long,
    help: "Where to write an HTML page of 50 test pictures with what each model says of them (captions only).")
  var page: String?

  @Flag(name: .long, help: "Then stream through the running system, with rounds of distillation on the way.")
  var distill = false

  @Flag(name: .long, help: "Then distil offline in several ways, to tell what each part is worth.")
  var ablation = false

  @Flag(
    name: .long, help: "Only a few rows of each use and 5 epochs: some minutes, and figures that say nothing.")
  var quick = false

  /// Features of pictures are kept while it runs, where no folder is named for longer: each part of an experiment looks at
  /// the same ones.
  func run() async throws {
    var models = ModelsFolder()
    if models.features != nil { return try await run(models) }
    let scratch = try ScratchFolder()
    models.features = FeatureFolder(scratch.url)
    do { try await run(models) } catch {
      try scratch.remove()
      throw error
    }
    try scratch.remove()
  }

  private func run(_ models: ModelsFolder) async throws {
    if let output { try OutputFile.checkFolder(output) }
    for file in [report, picture, page].compactMap(\.self) { try OutputFile.check(file) }
    let folder = URL(fileURLWithPath: task ?? "examples/\(name.rawValue)")
    if name.repliesWithCaptions { return try await runCaptions(folder, models) }
    guard page == nil else { throw CommandError("--page is for captions; \(name.rawValue) has labels") }
    let chosen = try ChosenSmallModel.all(small, of: document(folder), in: folder)
    if chosen.count > 1, output != nil {
      throw CommandError("--output keeps one small model, and --small names \(chosen.count): name one")
    }
    let steps = StepPrinter()
    var reports: [ExperimentReport] = []
    for model in chosen { reports.append(try await figures(of: model, models, steps)) }
    steps.finish()
    guard var figures = reports.first else { return }
    if reports.count > 1 { figures.others = Array(reports.dropFirst()) }
    if let report { try figures.write(to: URL(fileURLWithPath: report)) }
    StandardOutput.say(ReportText(report: figures).description)
    if let picture {
      try Data(SweepPicture(report: figures).svg.utf8).write(to: URL(fileURLWithPath: picture), options: .atomic)
    }
  }

  private func document(_ folder: URL) throws -> TaskDocument {
    let document = try TaskDocument(folder: folder)
    return try answerField.map { try document.with("large_model", "answer_field", $0) } ?? document
  }

  private func figures(
    of model: ChosenSmallModel, _ models: ModelsFolder, _ steps: StepPrinter
  ) async throws -> ExperimentReport {
    var definition = try model.document.definition()
    var rows = try ExperimentData(
      name, folder: URL(fileURLWithPath: data), seed: definition.smallModel.training.seed,
      answerField: definition.largeModel.answerField)
    if quick { (definition, rows) = (definition.quick, rows.quick) }
    let outcome = try await ExperimentRun(
      name: name.rawValue, task: definition, data: rows, trained: model.trained, models: models,
      step: { steps.show($0) }
    ).run()
    if let output { try write(outcome, rows, to: TaskFiles(folder: URL(fileURLWithPath: output))) }
    var figures = outcome.report
    figures.origin = ReportOrigin(commit: commit)
    if distill {
      figures.distilled = try await DistillationRun(
        document: model.document, task: definition, data: rows, outcome: outcome, models: models,
        step: { steps.show($0) }
      ).run()
    }
    if ablation {
      figures.ablation = try await DistillationAblation(
        task: definition, data: rows, outcome: outcome, models: models, step: { steps.show($0) }
      ).run()
    }
    return figures
  }

  private func write(_ outcome: ExperimentRun.Outcome, _ rows: ExperimentData, to files: TaskFiles) throws {
    try outcome.small.write(to: files.specific)
    try outcome.intermediate?.write(to: files.intermediate)
    try outcome.head?.write(to: files.head)
    try HeldOutFile.write(outcome.heldOutRows(regions: rows.regions), to: files.heldOut)
  }
}

extension TaskDefinition {
  /// With few epochs, kept nowhere.
  fileprivate var quick: TaskDefinition {
    var quick = self
    quick.smallModel = smallModel.withoutCheckpoint
    quick.smallModel.training.epochs = min(5, smallModel.training.epochs)
    if let epochs = learnableModel?.training.epochs { quick.learnableModel?.training.epochs = min(5, epochs) }
    return quick
  }
}

extension Experiment: ExpressibleByArgument {}
