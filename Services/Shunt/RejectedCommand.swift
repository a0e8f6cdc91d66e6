import ArgumentParser
import Foundation
import Operations
import Postgres
import ResultStore
import Terminal

/// `shunt rejected`
struct RejectedCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rejected", abstract: "Shows what got no answer, and puts it back into the stream.",
    discussion: """
        shunt rejected --task reviews --attempts
        shunt rejected replay --task reviews --reason "HTTP 503"
      """,
    subcommands: [ListCommand.self, ReplayCommand.self], defaultSubcommand: ListCommand.self)

  /// Which rejections a command is about.
  struct SelectionOptions: ParsableArguments {
    @Option(name: .long, help: "Only this task's.")
    var task: String?

    @Option(name: .long, help: "Only those whose reason holds this text.")
    var reason: String?

    @Argument(help: "Only these numbers, as 'shunt rejected list' has them.")
    var numbers: [Int] = []

    var selection: RejectionReplay.Selection {
      RejectionReplay.Selection(task: task, reason: reason, numbers: Set(numbers))
    }
  }

  /// `shunt rejected list`
  struct ListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "list", abstract: "Lists rejections that were not replayed, oldest first.")

    @OptionGroup var which: SelectionOptions

    @Option(name: .long, help: "How many at most.")
    var limit: Int = 100

    @Flag(name: .long, help: "Also what every attempt failed with.")
    var attempts = false

    @OptionGroup var settings: SettingsOption

    func validate() throws {
      if limit < 1 { throw ValidationError("--limit is \(limit); it must be 1 or more") }
    }

    func run() async throws {
      let connection = try Connection(try await settings.deployed().database("command"))
      let store = ResultStore(connection, backoff: Backoff(attempts: 5))
      var table = Table("number", "task", "id", "rejected", "attempts", "reason")
      var (position, shown) = (0, 0)
      while shown < limit {
        let page = try await store.openRejections(after: position)
        guard let last = page.last else { break }
        position = last.number
        for rejection in page.filter(which.selection.holds).prefix(limit - shown) {
          add(rejection, to: &table)
          shown += 1
        }
      }
      await connection.close()
      StandardOutput.say(table)
    }

    private func add(_ rejection: StoredRejection, to table: inout Table) {
      let row = rejection.row
      table.add(
        "\(rejection.number)", row.task ?? "", row.id ?? "", row.rejectedAt.formatted(.iso8601),
        "\(row.attempts.count)", row.reason)
      guard attempts else { return }
      for attempt in row.attempts { table.add("", "", "", "", "", "  \(attempt)") }
    }
  }

  /// `shunt rejected replay`
  struct ReplayCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "replay", abstract: "Pushes rejected samples into the stream again, each once.",
      discussion: "Run it again, and it finds nothing left to do. What is rejected anew stands in the list anew.")

    @OptionGroup var which: SelectionOptions
    @OptionGroup var settings: SettingsOption

    func run() async throws {
      let outcome = try await RejectionReplay(try await settings.deployed()).run(which.selection)
      StandardOutput.say("replayed: \(outcome.replayed)")
      for (number, reason) in outcome.refused.sorted(by: { $0.key < $1.key }) {
        StandardOutput.say("\(number) cannot be replayed: \(reason)")
      }
    }
  }
}
