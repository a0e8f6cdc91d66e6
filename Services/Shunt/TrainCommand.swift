import Evaluation
import ArgumentParser
import Encoders
import Foundation
import Tasks
import Terminal

/// `shunt train`
struct TrainCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train",
    abstract: "Trains a task's specific small model on labelled rows, and the large model's head.",
    discussion: """
      Rows are JSON Lines, a JSON array or CSV with a header line, plain or gzip, with text and label. Held-out rows
      decide when to stop and fit the temperature; they must not stand in the training data.

        shunt train --task examples/clinc150-lt --data train.jsonl --held-out validation.jsonl
        shunt train --task examples/mail --data mail.csv --held-out held.csv --text-field body --label-field folder
        shunt calibrate --task examples/clinc150-lt --data validation.jsonl

      It writes specific.safetensors into the task's folder, where task.json has a section intermediate_model
      intermediate.safetensors, and, where the large model is a linear head, fits that on --head-data and writes
      head.safetensors. Of a task that answers with captions, rows have captions, and where the large model is a captioner
      of one's own, that is trained on --head-data, too: large.safetensors.
      """)

  @OptionGroup var task: TaskOption

  @Option(name: .long, help: "A file of labelled rows to train on.")
  var data: String

  @Option(name: .long, help: "A file of labelled rows that are not trained on.")
  var heldOut: String

  @Option(
    name: .long, help: "A file of rows for the large model's linear head, or its captioner. (default: those of --data)")
  var headData: String?

  @OptionGroup(title: "Rows") var rows: RowsOptions

  func run() async throws {
    let definition = try task.definition()
    try OutputFile.checkFolder(task.task)
    if definition.reply == .caption { return try await trainCaptioners(definition) }
    let known = definition.labels.isEmpty ? nil : definition.labels
    let (rows, held) = (try self.rows.labelled(data, labels: known), try self.rows.labelled(heldOut, labels: known))
    let headRows = try headData.map { try self.rows.labelled($0, labels: known) }
    FileNotes.say(
      DataWarnings.training(rows, heldOut: held, maximumTokens: definition.smallModel.training.maximumTokens), of: data)
    FileNotes.say(DataWarnings.heldOut(held), of: heldOut)
    let steps = StepPrinter()
    let training = TaskTraining(task: definition, encoders: EncoderLibrary()) { steps.show($0) }
    let trained = try await training.small(on: rows, heldOut: held)
    try trained.artifact.write(to: task.files.specific)
    try await training.intermediate(on: rows, labels: trained.artifact.card.labels, heldOut: held)?
      .write(to: task.files.intermediate)
    try await training.head(on: headRows ?? rows, labels: trained.artifact.card.labels)?.write(to: task.files.head)
    steps.finish()
    let best = trained.epochs.compactMap(\.heldOutAccuracy).max() ?? 0
    StandardOutput.say(
      """
      \(trained.artifact.card.version): held-out accuracy \(percent(best)), temperature \
      \(NumberText.fixed(Double(trained.calibration.temperature), decimals: 2)), expected calibration error \
      \(percent(Double(trained.calibration.calibrationError)))
      written: \(task.files.specific.path)

      \(ThresholdTables.surest(trained.calibration.curve))
      next:    shunt calibrate --task \(task.task) --data \(heldOut)
      """)
  }
}
