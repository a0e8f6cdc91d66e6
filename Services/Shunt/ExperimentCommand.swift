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
    help: "A small model that is trained already, as --output and 'shunt train' write it. (default: it is trained)")
  var small: String?

  @Option(name: .long, help: "Where to write the curve of the threshold as an SVG picture.")
  var picture: String?

  @Option(
    name: .long,
    help:
      "A folder for the models: specific.safetensors, intermediate.safetensors and head.safetensors where there are any, and held-out.jsonl for the distiller."
  )
  var output: String?

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
    for file in [report, picture].compactMap(\.self) { try OutputFile.check(file) }
    let folder = URL(fileURLWithPath: task ?? "examples/\(name.rawValue)")
    var definition = try TaskDefinition(folder: folder)
    var rows = try ExperimentData(
      name, folder: URL(fileURLWithPath: data), seed: definition.smallModel.training.seed)
    if quick { (definition, rows) = (definition.quick, rows.quick) }
    let trained = try small.map { try SmallModelArtifact(contentsOf: URL(fileURLWithPath: $0)) }
    let steps = StepPrinter()
    let outcome = try await ExperimentRun(
      name: name.rawValue, task: definition, data: rows, trained: trained, models: models,
      step: { steps.show($0) }
    ).run()
    var figures = outcome.report
    figures.origin = ReportOrigin(commit: commit)
    if distill {
      figures.distilled = try await DistillationRun(
        folder: folder, task: definition, data: rows, outcome: outcome, models: models,
        step: { steps.show($0) }
      ).run()
    }
    if ablation {
      figures.ablation = try await DistillationAblation(
        task: definition, data: rows, outcome: outcome, models: models, step: { steps.show($0) }
      ).run()
    }
    steps.finish()
    if let report { try figures.write(to: URL(fileURLWithPath: report)) }
    if let output {
      let files = TaskFiles(folder: URL(fileURLWithPath: output))
      try outcome.small.write(to: files.specific)
      try outcome.intermediate?.write(to: files.intermediate)
      try outcome.head?.write(to: files.head)
      try HeldOutFile.write(outcome.heldOutRows(regions: rows.regions), to: files.heldOut)
    }
    let text = ReportText(report: figures)
    StandardOutput.say(text.description)
    if let picture { try Data(text.picture.utf8).write(to: URL(fileURLWithPath: picture), options: .atomic) }
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
