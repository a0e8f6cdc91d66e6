import ArgumentParser
import Distiller
import Foundation
import ImageFetch
import LargeModelWorker
import Operations
import Postgres
import Recorder
import Router
import ServiceLifecycle
import Settings
import Terminal
import WorkerRuntime

/// Reads one worker's settings with those that all share, and runs its services.
private func runWorker<Section: Sendable>(
  _ name: String, _ option: SettingsOption, _ section: String, _ read: (SettingsReader) -> Section,
  services: @escaping @Sendable (Deployment, Section, Runtime) async throws -> [any Service]
) async throws {
  let sources = try SettingsSources(file: option.settings)
  let (shared, own, runtimeSettings) = try sources.read { reader in
    (DeploymentSettings(reader), read(reader.section(section)), RuntimeSettings(reader))
  }.value
  let runtime = Runtime(name: name, settings: runtimeSettings)
  do {
    try await runtime.run(making: { try await services(Deployment(settings: shared), own, runtime) })
  } catch is WorkerError {
    throw ExitCode.failure  // Logged already.
  }
}

/// `shunt router`
struct RouterCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "router", abstract: "Answers easy samples and sends hard ones on. Start as many as the load asks for.",
    discussion: """
        shunt router --settings shunt.json
        SHUNT_HTTP_PORT=0 shunt router      where several share a machine
      """ + settingsHelp("router"))

  @OptionGroup var settings: SettingsOption

  func run() async throws {
    try await runWorker("router", settings, "router", RouterSettings.init) { try await $0.router($1, $2) }
  }
}

/// `shunt large-model-worker`
struct LargeModelWorkerCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "large-model-worker", abstract: "Asks the large model about hard samples.",
    discussion: """
        shunt large-model-worker --settings shunt.json
      """ + settingsHelp("large_model_worker"))

  @OptionGroup var settings: SettingsOption

  func run() async throws {
    try await runWorker("large-model-worker", settings, "large_model_worker", LargeModelWorkerSettings.init) {
      try await $0.largeModelWorker($1, $2)
    }
  }
}

/// `shunt recorder`
struct RecorderCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "recorder", abstract: "Writes answers and rejections to Postgres, one row a sample.",
    discussion: """
        shunt recorder --settings shunt.json
      """ + settingsHelp("recorder"))

  @OptionGroup var settings: SettingsOption

  func run() async throws {
    try await runWorker("recorder", settings, "recorder", RecorderSettings.init) { try await $0.recorder($1, $2) }
  }
}

/// `shunt distiller`
struct DistillerCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "distiller", abstract: "Teaches the learnable small model what the large one answers, in rounds.",
    discussion: """
        shunt distiller --settings shunt.json      tasks and their files stand in section distiller
      """ + settingsHelp("distiller"))

  @OptionGroup var settings: SettingsOption

  func run() async throws {
    try await runWorker("distiller", settings, "distiller", DistillerSettings.init) { try await $0.distiller($1, $2) }
  }
}

/// `shunt init`
struct InitCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "init", abstract: "Creates tables and topics, and puts the tasks' first models in force.",
    discussion: """
      Run it once before the workers, and again after an upgrade, as the owner of the tables; what is there already
      stays. Workers need no more than the rights of the role worker, distillers of distiller, both made here. A task
      whose folder has a specific.safetensors (from 'shunt train') and that has no model in force yet gets that one, and
      its intermediate.safetensors and head.safetensors where there are any; one without, whose task.json names its labels,
      begins with the large model alone. A broker or a database that is still starting is waited for.

        shunt init --settings shunt.json
      """)

  @OptionGroup var settings: SettingsOption

  @Option(name: .long, help: "How many seconds to wait for the broker, and for the database; 0: not at all.")
  var wait: Int = 300

  func validate() throws {
    guard (0...86_400).contains(wait) else { throw ValidationError("--wait is \(wait); give 0 to 86400 seconds") }
  }

  func run() async throws {
    let shared = try settings.deployment()
    let deployment = Deployment(settings: shared)
    let servers = StartupWait(atMost: .seconds(wait)) { StandardError.say($0) }
    for migration in try await servers.until("Postgres", { try await deployment.migrate() }) {
      StandardOutput.say("migrated: \(migration.name)")
    }
    for warning in try await deployment.serverWarnings() { StandardOutput.say("WARNING: \(warning)") }
    let failures = try await deployment.establishRoles()
    StandardOutput.say("roles: \(DatabaseRole.allCases.map(\.rawValue).joined(separator: ", "))")
    for failure in failures {
      StandardOutput.say("  not done, needed only for accounts in that role: \(failure)")
    }
    try await servers.until("Kafka at \(shared.kafka.brokers)") {
      // Short, so that who waits is told soon.
      try await deployment.createTopics(timeout: .seconds(10))
    }
    StandardOutput.say("topics: \(shared.topics.all.joined(separator: ", "))")
    for line in try await deployment.promoteFirstModels() { StandardOutput.say(line) }
  }
}

/// `shunt local`
struct LocalCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "local", abstract: "Runs broker, database and all workers in this one process.",
    discussion: """
      Needs nothing but this machine. It prints where the broker and the database are and runs until Ctrl-C. A task
      whose folder has a held-out.jsonl is distilled, too. One that names its labels may begin without a small model: the
      large model answers everything until its answers have taught the first one.

        shunt experiment debian-sections --output examples/debian-sections
        shunt local --task examples/debian-sections
      """)

  @Option(name: .long, help: "A task's folder; may be given several times.")
  var task: [String] = ["examples/debian-sections"]

  @Option(name: .long, help: "Where the database's files stay. (default: a temporary folder)")
  var data: String?

  @Option(name: .long, help: "A port on the loopback interface for the database.")
  var port: Int?

  @Option(name: .long, help: "Partitions of each topic.")
  var partitions: Int = 4

  @Option(
    name: .long,
    help: """
      A place that images by reference may be fetched from, with all below it, such as https://host/folder/ or \
      file:///folder/; may be given several times.
      """)
  var images: [String] = []

  func run() async throws {
    var options = LocalMode.Options()
    options.images.allowed = try AllowedImages(images.map { try ImagePrefix($0) })
    options.taskFolders = task
    options.dataFolder = data
    options.port = port
    options.partitions = partitions
    let local = try await LocalMode.start(options)
    do {
      for line in try await local.deployment.promoteFirstModels() { StandardOutput.say(line) }
      StandardOutput.say("broker:   \(local.brokers)\ndatabase: \(local.databaseURL)")
      let runtime = Runtime(name: "local", settings: RuntimeSettings())
      var workers = LocalMode.Workers()
      workers.distiller = try local.deployment.distillerOfFolders()
      for task in workers.distiller?.tasks ?? [] {
        StandardOutput.say("distiller: \(task.plan)")
      }
      try await runtime.run(try await local.services(workers, runtime))
    } catch {
      try await local.stop()
      throw error is WorkerError ? ExitCode.failure : error
    }
    try await local.stop()
  }
}
