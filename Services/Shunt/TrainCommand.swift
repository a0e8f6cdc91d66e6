import ArgumentParser
import Cascade
import Experiments
import Foundation
import Tasks

/// `shunt train`
struct TrainCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train",
    abstract: "Trains a task's specific small model on labelled rows, and the large model's head.",
    discussion: """
      Rows are JSON Lines (or CSV) with text and label. Held-out rows decide when to stop and fit the temperature.

        shunt train --task examples/clinc150-lt --data train.jsonl --held-out validation.jsonl
        shunt calibrate --task examples/clinc150-lt --data validation.jsonl

      It writes specific.safetensors into the task's folder and, where the large model is a linear head, fits that on
      --head-data and writes head.safetensors.
      """)

  @OptionGroup var task: TaskOption

  @Option(name: .long, help: "Labelled rows to train on.")
  var data: String

  @Option(name: .long, help: "Labelled rows that are not trained on.")
  var heldOut: String

  @Option(name: .long, help: "Labelled rows for the large model's linear head. (default: those of --data)")
  var headData: String?

  func run() async throws {
    let definition = try task.definition()
    let models = ModelsFolder()
    let (rows, held) = (try labelledRows(data), try labelledRows(heldOut))
    let steps = StepPrinter()
    steps.show(.stage("training the small model on \(rows.count) texts"))
    let trained = try await SmallModelTraining(task: definition, models: models).train(on: rows, heldOut: held) {
      steps.show(epoch: $0, of: definition.smallModel.training.epochs)
    }
    let texts = try LabelledTexts(held, labels: LabelIndex(trained.labels))
    let calibration = try trained.calibration(on: texts)
    let artifact = try trained.artifact(task: definition.name, calibration: calibration, heldOutCount: held.count)
    try artifact.write(to: task.files.specific)
    if definition.largeModel.kind == .linearHead {
      let texts = try LabelledTexts(headData.map(labelledRows) ?? rows, labels: LabelIndex(trained.labels))
      let factory = LargeModelFactory(models: models)
      try await HeadTraining(task: definition, factory: factory)
        .fit(texts, labels: trained.labels) { steps.show($0) }.write(to: task.files.head)
    }
    steps.finish()
    let best = trained.epochs.compactMap(\.heldOutAccuracy).max() ?? 0
    print(
      """
      \(artifact.card.version): held-out accuracy \(percent(best)), temperature \
      \(String(format: "%.2f", calibration.temperature)), expected calibration error \
      \(percent(Double(calibration.calibrationError)))
      written: \(task.files.specific.path)
      next:    shunt calibrate --task \(task.task) --data \(heldOut)
      """)
  }
}
