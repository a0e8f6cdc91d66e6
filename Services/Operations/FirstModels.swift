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
  /// The linear head of the large model.
  public var head: URL { folder.appendingPathComponent("head.safetensors") }

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
  /// Puts the models in the tasks' folders in force where a task has none yet.
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
        let artifact = try SmallModelArtifact(data: data, name: file.path)
        lines += try await promote(artifact.description(as: role), data, artifact.card.version, task, in: store)
      }
      if FileManager.default.fileExists(atPath: files.head.path) {
        let data = try Data(contentsOf: files.head)
        _ = try LinearHead(data: data, name: files.head.path)
        let version = "head-\(ModelStore.hash(Array(data)).prefix(12))"
        let description = ModelDescription(task: task.name, role: .large, version: version)
        lines += try await promote(description, data, version, task, in: store)
      }
    }
    return lines
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
  /// After so many new answers a task whose folder has held-out samples is distilled in local mode.
  public static let newAnswersOfFolders = 1000
}

extension Deployment {
  /// Settings of a distiller for the tasks whose folders have held-out samples to judge by; `nil` where none has.
  /// - Throws: `SettingsError` for a folder whose `task.json` is wrong.
  public func distillerOfFolders() throws -> DistillerSettings? {
    let tasks = try settings.taskFolders.map { URL(fileURLWithPath: $0) }
      .filter { FileManager.default.fileExists(atPath: TaskFiles(folder: $0).heldOut.path) }
      .map { folder in
        var task = TaskDistillation(
          task: try TaskDefinition(folder: folder).name, heldOut: TaskFiles(folder: folder).heldOut.path)
        task.policy.newAnswers = TaskDistillation.newAnswersOfFolders
        return task
      }
    return tasks.isEmpty ? nil : DistillerSettings(tasks: tasks)
  }
}
