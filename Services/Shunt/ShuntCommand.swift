import ArgumentParser
import Foundation
import Terminal

/// The command line: parses, wires and starts; what a command does stands elsewhere.
@main
struct ShuntCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "shunt",
    abstract: "Answers a stream with a small model where it is sure, and with a large one where it is not.",
    discussion: """
      Try it:            shunt demo
      Run it:            shunt init, then shunt router, shunt large-model-worker and shunt recorder,
                         each as often as the load asks for; or all of it in one process: shunt local
      Make a task:       shunt new, then shunt train, shunt calibrate, shunt evaluate
      Is all well?       shunt check

      Settings come from a JSON file (--settings or SHUNT_SETTINGS) and from SHUNT_… variables, which stand over it.
      """,
    groupedSubcommands: [
      CommandGroup(
        name: "To begin:", subcommands: [DemoCommand.self, NewCommand.self, LocalCommand.self, CheckCommand.self]),
      CommandGroup(
        name: "Workers:",
        subcommands: [
          RouterCommand.self, LargeModelWorkerCommand.self, RecorderCommand.self, DistillerCommand.self,
          ServeLargeCommand.self, InitCommand.self, SettingsCommand.self,
        ]),
      CommandGroup(
        name: "Models:",
        subcommands: [
          TrainCommand.self, CalibrateCommand.self, EvaluateCommand.self, ForecastCommand.self, ScanCommand.self,
          ModelsCommand.self,
          DistillCommand.self, ExperimentCommand.self, ReportCommand.self,
        ]),
      CommandGroup(
        name: "Streams:",
        subcommands: [ProduceCommand.self, LabelCommand.self, RejectedCommand.self, BrokerCommand.self]),
    ])

  /// Parses, runs, and leaves with the command's code.
  static func main() async {
    do {
      let command = try parseAsRoot()
      if var command = command as? any AsyncParsableCommand {
        try await command.run()
      } else {
        var command = command
        try command.run()
      }
      leave(with: .success)
    } catch {
      let code = exitCode(for: error)
      let text = fullMessage(for: error)
      if text.isEmpty { leave(with: code) }
      if code == .success { StandardOutput.say(text) } else { StandardError.say(text) }
      leave(with: code)
    }
  }

  /// Ends the process without the clean-up that C libraries register: OpenSSL's would take away what a thread still uses
  /// that waits for Postgres, and the process would end by a signal after all its work was done.
  private static func leave(with code: ExitCode) -> Never {
    fflush(nil)
    _exit(code.rawValue)
  }
}

/// Where a command's settings come from.
struct SettingsOption: ParsableArguments {
  @Option(name: .long, help: "The JSON settings file. SHUNT_… variables stand over it.")
  var settings: String?
}
