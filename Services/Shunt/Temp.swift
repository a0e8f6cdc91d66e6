import ArgumentParser
@main struct ShuntTemp: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "shunt", subcommands: [ExperimentCommand.self, BrokerCommand.self])
}
