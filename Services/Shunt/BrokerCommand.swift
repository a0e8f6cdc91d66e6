import ArgumentParser
import Kafka
import Messages
import ServiceLifecycle
import Terminal
import WorkerRuntime

/// `shunt broker`: a Kafka broker to try things with.
struct BrokerCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "broker",
    abstract: "Runs a broker on this machine for trying things out; any Kafka client can use it.",
    discussion: """
      It is librdkafka's own test broker: real protocol, consumer groups, memory only. Each partition keeps its newest
      5 MiB or 100,000 messages, and all is gone when it stops.

        shunt broker &
        echo '{"id":"1","task":"sections","text":"a text editor"}' | kcat -b ADDRESS -t samples -P
      """)

  @Option(name: .long, help: "Partitions of each of the project's topics.")
  var partitions: Int = 4

  @Option(name: .long, help: "Put before each topic's name.")
  var topicPrefix: String = ""

  func validate() throws {
    guard (1...1000).contains(partitions) else {
      throw ValidationError("--partitions is \(partitions); it must be from 1 to 1000")
    }
  }

  func run() async throws {
    let topics = Topics(prefix: topicPrefix)
    let broker = try EmbeddedBroker(
      topics: Dictionary(uniqueKeysWithValues: topics.all.map { ($0, partitions) }))
    StandardOutput.say(broker.bootstrapServers)
    let runtime = Runtime(name: "broker", settings: RuntimeSettings())
    try await runtime.run([BrokerService(broker: broker)])
  }
}

/// Keeps a broker alive until the process is asked to end.
struct BrokerService: Service {
  let broker: EmbeddedBroker

  func run() async throws {
    try await gracefulShutdown()
    // The broker goes with its last reference, which is this one.
    withExtendedLifetime(broker) {}
  }
}
