import ArgumentParser
import Kafka
import Messages

/// `shunt-benchmark broker`
struct BrokerCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "broker", abstract: "Runs librdkafka's own broker until its input ends; prints its address.")

  @Option(name: .long, help: "Partitions of each topic.")
  var partitions: Int

  func run() throws {
    let broker = try EmbeddedBroker(
      topics: Dictionary(uniqueKeysWithValues: Topics().all.map { ($0, partitions) }))
    say(broker.bootstrapServers)
    while readLine() != nil {}
    withExtendedLifetime(broker) {}
  }
}
