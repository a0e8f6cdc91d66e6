import ArgumentParser
import Datasets
import Distiller
import Encoders
import Evaluation
import Foundation
import Kafka
import ModelStore
import Operations
import Postgres
import ResultStore
import Settings
import SmallModel
import Tasks
import Terminal
import WorkerRuntime

#if canImport(FoundationNetworking)
  import FoundationNetworking
#endif

/// `shunt check`
struct CheckCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check", abstract: "Looks at settings, broker, database and models, and says what is wrong.",
    discussion: """
      Reads the settings of every worker, and ends with a code other than 0 where anything is wrong.

        shunt check --settings shunt.json
        shunt check --task tickets      only looks at a task's folder, and asks its large model one question
        shunt check --health http://127.0.0.1:8080/readyz    only asks a worker how it is
      """)

  @OptionGroup var settings: SettingsOption

  @Option(name: .long, help: "A worker's health address, such as http://127.0.0.1:8080/readyz.")
  var health: String?

  @Option(name: .long, help: "A task's folder; broker and database are not needed then.")
  var task: String?

  func run() async throws {
    if let health { return try await ask(health) }
    if let task { return try await check(taskFolder: task) }
    let sections = try SettingsSources(file: settings.settings).read { EverySection($0) }.value
    // What the clients would log on the way is said below, once, with its remedy.
    bootstrapLogging(LogSettings(level: .critical))
    StandardOutput.say("ok    settings")
    var findings = CheckFindings()
    await lookAtServers(sections.deployment, &findings)
    await lookAtLibraries(&findings)
    for folder in sections.deployment.taskFolders { await look(atTask: folder, sections.deployment, &findings) }
    for task in sections.distiller?.tasks ?? [] {
      await look(atDistillerOf: task, sections.deployment, &findings)
    }
    if findings.failures > 0 { throw ExitCode.failure }
  }

  private func check(taskFolder: String) async throws {
    bootstrapLogging(LogSettings(level: .critical))
    let definition = try TaskDefinition(folder: URL(fileURLWithPath: taskFolder))
    StandardOutput.say("ok    task.json of task \(definition.name)")
    var findings = CheckFindings()
    await findings.look("large model", "Is it there? Mend large_model in task.json.") {
      try await LargeModelCheck(definition, files: TaskFiles(folder: URL(fileURLWithPath: taskFolder))).ask()
    }
    if findings.failures > 0 { throw ExitCode.failure }
  }

  private func lookAtServers(_ shared: DeploymentSettings, _ findings: inout CheckFindings) async {
    await findings.look(
      "broker \(shared.kafka.brokers)", "Is Kafka there? Set kafka.brokers, or SHUNT_KAFKA_BROKERS."
    ) { try await topics(shared) }
    await findings.look("database", "Is Postgres there? Set DATABASE_URL. Then run 'shunt init'.") {
      try await database(Deployment(settings: shared))
    }
  }

  private func lookAtLibraries(_ findings: inout CheckFindings) async {
    await findings.look("encoder", "Run 'shunt models fetch', or set SHUNT_MODELS.") {
      try ModelsFolder().encoder(ModelFetch.modelName).path
    }
    await findings.look("libtorch", "Only 'shunt distiller' and what trains or encodes need it.") {
      try TrainingLibrary.load()
      return "loads"
    }
  }

  private func look(atTask folder: String, _ shared: DeploymentSettings, _ findings: inout CheckFindings) async {
    await findings.look("task \(folder)", "Mend task.json; then 'shunt train', 'shunt calibrate' and 'shunt init'.") {
      try await model(folder, Deployment(settings: shared))
    }
    // What is wrong with task.json itself stands above.
    guard let task = try? TaskDefinition(folder: URL(fileURLWithPath: folder)), task.largeModel.traits.isServer
    else { return }
    await findings.look(
      "large model of task \(task.name)", "Is the server there? Mend large_model.chat_completions in task.json."
    ) { try await LargeModelCheck(task, store: ModelStore(Deployment(settings: shared).database("check"))).ask() }
  }

  private func look(
    atDistillerOf task: TaskDistillation, _ shared: DeploymentSettings, _ findings: inout CheckFindings
  ) async {
    await findings.look(
      "distiller of task \(task.task)", "Mend distiller.tasks.\(task.task), or what it names."
    ) {
      _ = try Deployment(settings: shared).defined([task])
      let heldOut = try task.heldOut.map { try HeldOutFile.rows(of: URL(filePath: $0)).count }
      let labelled = try task.labelled.map { try DataFile(URL(filePath: $0)).rows().count }
      let judges = heldOut.map { "\($0) held-out rows" } ?? "judged by the large model's answers"
      return judges + (labelled.map { ", \($0) labelled rows" } ?? "")
    }
  }

  private func topics(_ shared: DeploymentSettings) async throws -> String {
    let existing = try await Admin(settings: shared.kafka).topics(timeout: .seconds(5))
    let missing = shared.topics.all.filter { existing[$0] == nil }
    guard missing.isEmpty else {
      throw TaskError("topics \(missing.joined(separator: ", ")) are missing; run 'shunt init'")
    }
    return shared.topics.all.map { "\($0) × \(existing[$0] ?? 0)" }.joined(separator: ", ")
  }

  private func database(_ deployment: Deployment) async throws -> String {
    let connection = try Connection(deployment.database("check"))
    let version = try await connection.serverSetting("server_version", backoff: Backoff(attempts: 1))
    let answers = try await ResultStore(connection, backoff: Backoff(attempts: 1)).answerCount()
    await connection.close()
    return "Postgres \(version), \(answers) answers"
  }

  private func model(_ folder: String, _ deployment: Deployment) async throws -> String {
    let task = try TaskDefinition(folder: URL(fileURLWithPath: folder))
    if let lack = task.unreadableInputs { throw TaskError("\(task.name): \(lack)") }
    let serving = try await ModelStore(deployment.database("check")).serving()
    guard let active = serving.active[ModelSlot(task: task.name, role: .specific)] else {
      if serving.announced.contains(task.name) { return "no small model yet; the large model answers everything" }
      throw TaskError("no model is in force for task \(task.name)")
    }
    return "\(active.description.version) is in force"
  }

  private func ask(_ address: String) async throws {
    guard let url = URL(string: address), ["http", "https"].contains(url.scheme) else {
      throw ValidationError("--health is \"\(address)\"; it must be an address such as http://127.0.0.1:8080/readyz")
    }
    let (body, response) = try await URLSession.shared.data(from: url)
    StandardOutput.say(String(decoding: body, as: UTF8.self))
    guard (response as? HTTPURLResponse)?.statusCode == 200 else { throw ExitCode.failure }
  }
}
