import ArgumentParser
import Encoders
import Foundation
import LargeModel
import LargeModelServer
import Operations
import Settings
import SmallModel
import Tasks
import Terminal
import WorkerRuntime

/// `shunt serve-large`
struct ServeLargeCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "serve-large", abstract: "Serves a task's local large model by the chat-completions interface.",
    discussion: """
      For tasks with a local large model, whether it classifies or captions. Another task asks it by kind chat_completions:

        shunt serve-large --task examples/clinc150-lt --port 8000
        "chat_completions": { "endpoints": ["http://localhost:8000/v1"], "model": "all-MiniLM-L6-v2" }

      Nobody is asked for a key: name a public address only behind something that does.
      """)

  @OptionGroup var task: TaskOption

  @Option(name: .long, help: "The address to listen on.")
  var host = "127.0.0.1"

  @Option(name: .long, help: "The port to listen on.")
  var port = 8000

  @OptionGroup var settings: SettingsOption

  func run() async throws {
    let definition = try task.definition()
    guard !definition.largeModel.traits.isServer else {
      throw ValidationError("task \(definition.name) asks a server itself; name one with a local large model")
    }
    let head = try existing(task.files.head).map { try LinearHead(contentsOf: $0) }
    let labels = try labels(definition, head)
    let model = try await LargeModelFactory(models: ModelsFolder()).make(
      definition, labels: labels, head: head,
      captioner: existing(task.files.large).map { try CaptionerArtifact(contentsOf: $0) })
    let runtimeSettings = try SettingsSources(file: settings.settings).read { RuntimeSettings($0) }.value
    let runtime = Runtime(name: "serve-large", settings: runtimeSettings)
    let server = LargeModelServer(
      LargeModelServer.Settings(host: host, port: port, reads: definition.largeModel.traits.reads),
      reply: definition.reply,
      labels: labels, model: model, logger: runtime.logger
    ) {
      StandardOutput.say("listens on http://\(host):\($0)/v1")
    }
    do { try await runtime.run([server]) } catch is WorkerError {
      throw ExitCode.failure  // Logged already.
    }
  }

  private func existing(_ file: URL) -> URL? { FileManager.default.fileExists(atPath: file.path) ? file : nil }

  private func labels(_ definition: TaskDefinition, _ head: LinearHead?) throws -> [String] {
    if definition.reply == .caption { return [] }
    if let file = existing(task.files.specific) { return try SmallModelArtifact(contentsOf: file).card.labels }
    if let head { return head.labels }
    guard !definition.labels.isEmpty else {
      throw ValidationError(
        "the labels are not known: name them in task.json (task.labels), or run 'shunt train' for \(task.task)")
    }
    return definition.labels
  }
}
