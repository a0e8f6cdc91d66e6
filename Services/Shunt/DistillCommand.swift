import ArgumentParser
import ModelStore
import Operations
import Terminal

/// `shunt distill`
struct DistillCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "distill", abstract: "Asks the distillers for a round, and shows the rounds.",
    discussion: """
        shunt distill now debian-sections
        shunt distill status debian-sections
      """,
    subcommands: [NowCommand.self, StatusCommand.self], defaultSubcommand: StatusCommand.self)

  /// `shunt distill now`
  struct NowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "now", abstract: "Asks for a round of a task now and waits for its end.")

    @Argument(help: "The task.")
    var task: String
    @OptionGroup var settings: SettingsOption

    func run() async throws {
      let deployment = try await settings.deployed()
      let store = try ModelStore(deployment.database("command"))
      let round = try await DistillationRounds.now(task: task, store: store)
      StandardOutput.say(
        "round \(round.id): \(round.outcome?.rawValue ?? round.state.rawValue)\n\(round.reasons ?? "")")
    }
  }

  /// `shunt distill status`
  struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "status", abstract: "Shows a task's last rounds and drift alarms.")

    @Argument(help: "The task.")
    var task: String
    @OptionGroup var settings: SettingsOption

    func run() async throws {
      let store = try await settings.modelStore()
      var rounds = Table("round", "started", "state", "outcome", "reasons")
      for round in try await store.rounds(task: task) {
        rounds.add(
          "\(round.id)", round.startedAt.formatted(.iso8601), round.state.rawValue, round.outcome?.rawValue ?? "",
          round.reasons ?? "")
      }
      StandardOutput.say(rounds)
      for alarm in try await store.alarms(task: task) {
        StandardOutput.say("drift, \(alarm.windowEnd.formatted(.iso8601)): \(alarm.message)")
      }
    }
  }
}
