import Distiller
import Encoders
import ImageFetch
import Kafka
import LargeModelWorker
import Messages
import Postgres
import Recorder
import Router
import ServiceLifecycle
import WorkerRuntime

/// Broker, database and all workers in one process: nothing but this machine is needed.
///
/// The broker is librdkafka's own (memory only), Postgres is Debian's in a folder of its own.
public final class LocalMode: Sendable {
  /// Where everything is.
  public let deployment: Deployment
  /// The broker's address, for any Kafka client on this machine.
  public let brokers: String
  /// Reaches the database from this machine.
  public let databaseURL: String
  private let broker: EmbeddedBroker
  private let server: PrivateServer

  /// How local mode is set up.
  public struct Options: Sendable {
    /// Partitions of each topic.
    public var partitions = 4
    /// Where the database's files stay; `nil` for a temporary folder.
    public var dataFolder: String?
    /// A port on the loopback interface for the database; `nil`: its Unix socket only.
    public var port: Int?
    /// The tasks' folders.
    public var taskFolders: [String] = []

    /// Where images by reference may be, and how large.
    public var images = ImageSettings()

    /// Four partitions, a temporary folder, no port.
    public init() {}
  }

  private init(deployment: Deployment, broker: EmbeddedBroker, server: PrivateServer) {
    self.deployment = deployment
    self.broker = broker
    self.server = server
    brokers = broker.bootstrapServers
    databaseURL = server.networkConnectionString ?? server.connectionString
  }

  /// Starts broker and database, with topics and tables, and no worker yet.
  public static func start(_ options: Options = Options(), models: ModelsFolder = ModelsFolder()) async throws
    -> LocalMode
  {
    let topics = Topics()
    let broker = try EmbeddedBroker(
      topics: Dictionary(uniqueKeysWithValues: topics.all.map { ($0, options.partitions) }))
    let server = try await PrivateServer.start(
      PrivateServer.Options(dataFolder: options.dataFolder, port: options.port, isDurable: options.dataFolder != nil))
    var settings = DeploymentSettings(
      kafka: broker.settings, topics: topics, partitions: options.partitions, database: server.connectionString,
      taskFolders: options.taskFolders, images: options.images)
    settings.drawSalt = 0
    let deployment = Deployment(settings: settings, models: models)
    do { try await deployment.migrate() } catch {
      try await server.stop()
      throw error
    }
    return LocalMode(deployment: deployment, broker: broker, server: server)
  }

  /// How the workers of local mode are set up.
  public struct Workers: Sendable {
    /// The router's.
    public var router = RouterSettings()
    /// What the router answers by.
    public var routingTable = CurrentRoutingTable()
    /// The large-model worker's.
    public var largeModelWorker = LargeModelWorkerSettings()
    /// The recorder's.
    public var recorder = RecorderSettings()
    /// The distiller's; `nil` for none.
    public var distiller: DistillerSettings?

    /// The defaults of each.
    public init() {}
  }

  /// All workers, in the order in which a runtime should hold them: the pipeline's source last, so that it stops first.
  public func services(_ workers: Workers = Workers(), _ runtime: Runtime) async throws -> [any Service] {
    var services: [any Service] = []
    if let distiller = workers.distiller { services += try await deployment.distiller(distiller, runtime) }
    return try await services + deployment.recorder(workers.recorder, runtime)
      + deployment.largeModelWorker(workers.largeModelWorker, runtime)
      + deployment.router(workers.router, runtime, table: workers.routingTable)
  }

  /// Stops the database and, where it was temporary, removes its folder. The broker goes with this value.
  public func stop() async throws { try await server.stop() }
}
