import ArgumentParser
import Foundation
import Kafka
import Messages
import Router
import SmallModel
import WorkerRuntime

/// `shunt-benchmark route`
struct RouteCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "route",
    abstract: "Runs the router as 'shunt router' does, metrics on, with models from files instead of the database.")

  @Option(name: .long, help: "The brokers.")
  var brokers: String

  @Option(name: .long, help: "The specific model, and after it the learnable one where there is one.")
  var model: [String]

  @Option(name: .long, help: "Samples of a batch at most.")
  var batchSize: Int = RouterSettings().batchSize

  @Option(name: .long, help: "A property of librdkafka's, KEY=VALUE; may be given several times.")
  var property: [String] = []

  @Flag(name: .long, help: "A transaction a batch.")
  var transactions = false

  func run() async throws {
    let artifacts = try model.map { try SmallModelArtifact(contentsOf: URL(fileURLWithPath: $0)) }
    let stages: [SmallModelCascade.Stored] = zip([.specific, .learnable], artifacts).map { ($0, $1) }
    let cascade = try SmallModelCascade(stages)
    let table = CurrentRoutingTable(RoutingTable(cascades: [artifacts[0].card.task: cascade]))
    let runtime = Runtime(
      name: "router", settings: RuntimeSettings(log: LogSettings(level: .error), http: HTTPSettings(port: 0)))
    let settings = RouterSettings(batchSize: batchSize, isTransactional: transactions)
    let given = property.map { $0.split(separator: "=", maxSplits: 1).map(String.init) }.map { ($0[0], $0[1]) }
    let properties = Dictionary(
      [("session.timeout.ms", "6000"), ("heartbeat.interval.ms", "500")] + given, uniquingKeysWith: { $1 })
    let kafka = KafkaSettings(brokers: brokers, properties: properties)
    try await runtime.run([
      Router(
        settings: settings, kafka: kafka, topics: Topics(), table: table, health: runtime.health,
        logger: runtime.logger)
    ]) { port in say("\(port)") }
  }
}
