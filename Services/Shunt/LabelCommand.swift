import ArgumentParser
import Content
import Datasets
import Foundation
import Messages
import Operations
import Postgres
import ResultStore
import Terminal

/// `shunt label`
struct LabelCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "label", abstract: "Takes what people say is right.",
    discussion: """
        shunt label tickets --by anna                     shows the samples that are worth a label most
        shunt label import labels.csv --task tickets      takes ids and labels of a file

      A label stands in the row of its sample's answer from then on, before the large model's answer and before what the
      producer said: accuracy, gate and calibration judge by it. It may come before the answer. Of several words on a sample
      the last one counts.
      """,
    subcommands: [AskCommand.self, ImportCommand.self], defaultSubcommand: AskCommand.self)

  /// `shunt label import`
  struct ImportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "import", abstract: "Takes labels from a file of ids and labels.",
      discussion: """
        JSON Lines, a JSON array, or CSV with a header line, plain or gzip: a field id with the sample's id, and a field
        label, or captions where the task answers with those. The same goes through the topic labels, message by message.
        A row whose label is none of the task's is refused; more of them than --bad-rows allows, and nothing is taken.

          shunt label import labels.csv --task examples/tickets --id-field ticket --label-field queue --by anna
        """)

    @Argument(help: "A file, or - for standard input.")
    var file: String

    @Option(name: .long, help: "The task's folder, or its name.")
    var task: String

    @Option(name: .long, help: "Who says so.")
    var by: String?

    @Option(name: .customLong("at"), help: "When it was said, such as 2026-11-24T12:00:00Z. (default: now)")
    var moment: Moment?

    @OptionGroup(title: "Rows") var rows: RowsOptions
    @OptionGroup var settings: SettingsOption

    func run() async throws {
      let deployment = try await settings.deployed()
      let task = try await deployment.labelledTask(task)
      let said = try labels(of: task)
      let connection = try Connection(try deployment.database("command"))
      let store = ResultStore(connection, backoff: Backoff(attempts: 5))
      let bar = ProgressBar("label", total: said.count, unit: "labels")
      var labelled = ResultStore.Labelled()
      for start in stride(from: 0, to: said.count, by: 1000) {
        let part = Array(said[start..<min(start + 1000, said.count)])
        labelled.add(try await store.write(labels: part))
        bar.advance(to: start + part.count)
      }
      bar.finish()
      await connection.close()
      StandardOutput.say(
        """
        \(NumberText.count(said.count)) labels of task \(task.name): \(NumberText.count(labelled.matched)) of samples with an answer, \
        \(NumberText.count(said.count - labelled.matched - labelled.refused.count)) wait for theirs
        """)
      for refusal in labelled.refused { StandardError.say("label of \(said[refusal.place].id): \(refusal.reason)") }
      if !labelled.refused.isEmpty { throw ExitCode.failure }
    }

    private func labels(of task: LabelledTask) throws -> [GoldLabelRow] {
      var rules = rows.rules
      (rules.isTruthAlone, rules.comparesIDs) = (true, true)
      (rules.needsLabel, rules.needsCaptions) = (!task.isCaptioned, task.isCaptioned)
      rules.labels = task.isCaptioned ? nil : Set(task.labels)
      let data = DataFile(named: file, rules: rules)
      let (rows, tally) = try data.contents()
      FileNotes.say(tally.notes, of: data.name)
      let moment = moment?.date ?? Date()
      return rows.compactMap { row in
        row.truth.map { GoldLabelRow(task: task.name, id: row.id, truth: $0, by: by ?? "", labelledAt: moment) }
      }
    }
  }

  /// A moment as the command line has it.
  struct Moment: ExpressibleByArgument {
    let date: Date

    init?(argument: String) {
      guard let moment = Timestamp(rfc3339: argument), moment < .now else { return nil }
      date = moment.date
    }
  }
}
