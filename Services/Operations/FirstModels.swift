import Cascade
import Distiller
import Encoders
import Foundation
import ModelRegistry
import ModelStore
import SmallModel
import Tasks

/// The files in a task's folder that hold its models.
public struct TaskFiles: Sendable {
  /// The task's folder.
  public let folder: URL

  /// The files in `folder`.
  public init(folder: URL) { self.folder = folder }

  /// The specific small model.
  public var specific: URL { folder.appendingPathComponent("specific.safetensors") }
  /// The further small model between it and the large one.
  public var intermediate: URL { folder.appendingPathComponent("intermediate.safetensors") }
  /// Held-out samples with the large model's answers, which the distiller judges by.
  public var heldOut: URL { folder.appendingPathComponent("held-out.jsonl") }
  /// What the large model's server has answered to rows of files, so that it is asked once.
  public var largeModelAnswers: URL { folder.appendingPathComponent("large-model-answers.jsonl") }
  /// The large model, where that is a captioner of one's own.
  public var large: URL { folder.appendingPathComponent("large.safetensors") }
  /// The linear head of the large model.
  public var head: URL { folder.appendingPathComponent("head.safetensors") }

  /// Whether the task begins with its large model alone. It does not where that waits for its head, nor where somebody has
  /// trained a small model, which may only lack its threshold.
  func beginWithoutSmallModel(_ task: TaskDefinition) -> Bool {
    func exists(_ file: URL) -> Bool { FileManager.default.fileExists(atPath: file.path) }
    let traits = task.largeModel.traits
    let hasHead = !traits.needsHead || task.largeModel.head != nil || exists(head)
    let hasCaptioner = !traits.needsCaptioner || task.largeModel.captionerFile != nil || exists(large)
    return task.needsNoSmallModel && hasHead && hasCaptioner && !exists(specific)
  }

  /// The small model that a task starts with; `nil` for one that comes of distillation.
  func firstModel(_ role: AnsweredBy) -> URL? {
    switch role {
    case .specific: specific
    case .intermediate: intermediate
    case .learnable, .large: nil
    }
  }
}

extension Deployment {
  /// Puts the models in the tasks' folders in force where a task has none yet, and announces the tasks that begin without
  /// a small model.
  /// - Returns: a line for each, for people.
  public func promoteFirstModels() async throws -> [String] {
    let store = try ModelStore(database("init"))
    var lines: [String] = []
    for folder in settings.taskFolders.map({ URL(fileURLWithPath: $0) }) {
      let task = try TaskDefinition(folder: folder)
      let files = TaskFiles(folder: folder)
      for role in AnsweredBy.smallModels {
        guard let file = files.firstModel(role), FileManager.default.fileExists(atPath: file.path) else { continue }
        let data = try Data(contentsOf: file)
        let card = try StoredSmallModel(data: data, name: file.path).card
        lines += try await promote(card.description(as: role), data, card.version, task, in: store)
      }
      if FileManager.default.fileExists(atPath: files.head.path) {
        let data = try Data(contentsOf: files.head)
        _ = try LinearHead(data: data, name: files.head.path)
        let version = "head-\(ModelStore.hash(Array(data)).prefix(12))"
        let description = ModelDescription(task: task.name, role: .large, version: version)
        lines += try await promote(description, data, version, task, in: store)
      }
      if FileManager.default.fileExists(atPath: files.large.path) {
        let data = try Data(contentsOf: files.large)
        let card = try CaptionerArtifact(data: data, name: files.large.path).card
        let description = ModelDescription(task: card.task, role: .large, version: card.version)
        lines += try await promote(description, data, card.version, task, in: store)
      }
      lines += try await announce(task, files, in: store)
    }
    return lines
  }

  private func announce(_ task: TaskDefinition, _ files: TaskFiles, in store: ModelStore) async throws -> [String] {
    let slot = ModelSlot(task: task.name, role: .specific)
    guard try await store.serving().active[slot] == nil, files.beginWithoutSmallModel(task) else { return [] }
    try await store.announce(task: task.name)
    return ["task \(task.name): no small model yet; the large model answers everything"]
  }

  private func promote(
    _ description: ModelDescription, _ data: Data, _ version: String, _ task: TaskDefinition, in store: ModelStore
  ) async throws -> [String] {
    guard description.task == task.name else {
      throw TaskError("version \(version) was trained for task \(description.task), its folder is task \(task.name)'s")
    }
    let slot = ModelSlot(task: task.name, role: description.role)
    let model = try await store.register(description, artifact: Array(data), who: "init")
    if let lack = description.lack {
      return [
        "task \(task.name): \(version) is \(model.state.rawValue) number \(model.id) and not in force", "  \(lack)",
      ]
    }
    if let active = try await store.serving().active[slot] {
      let stays =
        "task \(task.name): \(active.description.version) stays in force as \(description.role.roleName) model"
      return active.id == model.id
        ? [stays] : [stays, "  'shunt models promote \(model.id)' puts \(version) there instead"]
    }
    try await store.promote(model.id, who: "init", why: "the task had no \(description.role.roleName) model in force")
    return ["task \(task.name): \(version) is in force as \(description.role.roleName) model"]
  }
}

extension TaskDistillation {
  /// After so many new answers a task is distilled in local mode.
  public static let newAnswersOfFolders = 1000
}

extension Deployment {
  /// Settings of a distiller for the tasks that it can teach: those whose folders have held-out samples to judge by, and
  /// those that begin without a small model, of which those that caption cannot be; `nil` where none can be taught.
  /// - Throws: `SettingsError` for a folder whose `task.json` is wrong.
  public func distillerOfFolders() throws -> DistillerSettings? {
    let tasks = try settings.taskFolders.compactMap { path -> TaskDistillation? in
      let files = TaskFiles(folder: URL(fileURLWithPath: path))
      let definition = try TaskDefinition(folder: files.folder)
      let hasHeldOut = FileManager.default.fileExists(atPath: files.heldOut.path)
      guard hasHeldOut || definition.reply == .label && files.beginWithoutSmallModel(definition) else { return nil }
      var task = TaskDistillation(task: definition.name, heldOut: hasHeldOut ? files.heldOut.path : nil)
      task.policy.newAnswers = TaskDistillation.newAnswersOfFolders
      return hasHeldOut ? task : task.defined(by: definition)
    }
    return tasks.isEmpty ? nil : DistillerSettings(tasks: tasks)
  }

  /// The distiller's tasks with their definitions, where nothing but those says how they begin.
  /// - Throws: `TaskError` for a task without held-out samples whose folder is not among the deployment's.
  public func defined(_ tasks: [TaskDistillation]) throws -> [TaskDistillation] {
    guard tasks.contains(where: { $0.heldOut == nil && $0.definition == nil }) else { return tasks }
    let definitions = try settings.taskFolders.map { try TaskDefinition(folder: URL(fileURLWithPath: $0)) }
    return try tasks.map { task in
      guard task.heldOut == nil, task.definition == nil else { return task }
      guard let definition = definitions.first(where: { $0.name == task.task }) else {
        throw TaskError(
          "task \(task.task) has no held-out samples, and its folder is not among tasks.folders: name one of them, "
            + "distiller.tasks.\(task.task).held_out or the folder")
      }
      guard definition.reply == .label else {
        throw TaskError(
          "task \(task.task) answers with captions, which are judged by held-out samples alone: name their file in "
            + "distiller.tasks.\(task.task).held_out ('shunt calibrate' writes it)"
        )
      }
      guard definition.namesLabels else {
        throw TaskError(
          "task \(task.task) has no held-out samples to judge by (distiller.tasks.\(task.task).held_out), and no labels in "
            + "its task.json (task.labels) to begin without a small model")
      }
      return task.defined(by: definition)
    }
  }
}
