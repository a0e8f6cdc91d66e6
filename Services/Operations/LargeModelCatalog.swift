import Cascade
import Encoders
import LargeModel
import LargeModelStore
import LargeModelWorker
import ModelRegistry
import ModelStore
import SmallModel
import Tasks

/// What the large-model worker needs of the model store: labels, the fitted head, and the facts of small models.
public struct LargeModelCatalog: Sendable {
  private let registry: ModelRegistry
  private let shared: LargeModelStore
  private let factory: LargeModelFactory

  /// A catalog of the models in `registry`.
  /// - Parameter shared: what the workers of a task share.
  public init(registry: ModelRegistry, shared: LargeModelStore, factory: LargeModelFactory) {
    self.registry = registry
    self.shared = shared
    self.factory = factory
  }

  /// The tasks by name, each with its large model.
  /// - Throws: `TaskError` where a task has no small model in force and names no labels: they come from there.
  public func tasks(_ definitions: [TaskDefinition]) async throws -> [String: LargeModelTask] {
    var tasks: [String: LargeModelTask] = [:]
    let serving = try await registry.store.serving()
    for definition in definitions {
      tasks[definition.name] = try await task(definition, labels: labels(definition, serving))
    }
    return tasks
  }

  private func labels(_ definition: TaskDefinition, _ serving: ServingModels) async throws -> [String] {
    if definition.reply == .caption { return [] }
    if let version = serving.active[ModelSlot(task: definition.name, role: .specific)] {
      return try await registry.smallModel(version).card.labels
    }
    guard definition.namesLabels else {
      throw TaskError(
        "task \(definition.name) has no model in force; 'shunt models import FOLDER' brings the one in its folder, and "
          + "task.labels in its task.json lets it do without")
    }
    return definition.labels
  }

  /// A task; one whose model's files are missing or damaged is held until they are mended, and the others go on.
  private func task(_ definition: TaskDefinition, labels: [String]) async throws -> LargeModelTask {
    let make: @Sendable () async throws -> any LargeModel = {
      try await factory.make(
        definition, labels: labels, head: try await head(definition), captioner: try await captioner(definition))
    }
    // What keeps a server's client from being made stands in the settings.
    if definition.largeModel.traits.isServer {
      return LargeModelTask(definition, labels: labels, model: try await make(), store: shared)
    }
    do {
      return LargeModelTask(definition, labels: labels, model: try await make(), store: shared)
    } catch {
      try Task.checkCancellation()
      return LargeModelTask(definition, labels: labels, store: shared, deferred: make)
    }
  }

  /// The facts of a small model's version, which is read for them; `nil` where the store does not know it.
  public func facts(task: String, version: String) async throws -> SmallModelFacts? {
    var facts: SmallModelFacts?
    for role in AnsweredBy.smallModels where facts == nil {
      guard let found = try await registry.store.version(named: version, of: ModelSlot(task: task, role: role)) else {
        continue
      }
      facts = try await registry.smallModel(found).card.facts
    }
    return facts
  }

  /// The captioner in force; `nil` where the task's kind needs none, or names its file itself.
  private func captioner(_ definition: TaskDefinition) async throws -> CaptionerArtifact? {
    guard definition.largeModel.traits.needsCaptioner, definition.largeModel.captionerFile == nil else { return nil }
    guard let version = try await registry.store.serving().active[ModelSlot(task: definition.name, role: .large)] else {
      throw TaskError(
        "task \(definition.name) has no large captioner in force; 'shunt train' trains one, 'shunt models import' brings it"
      )
    }
    return try await registry.captioner(version)
  }

  /// The fitted head in force; `nil` where the task's kind needs none, or names its file itself.
  private func head(_ definition: TaskDefinition) async throws -> LinearHead? {
    guard definition.largeModel.traits.needsHead, definition.largeModel.head == nil else { return nil }
    let slot = ModelSlot(task: definition.name, role: .large)
    guard let version = try await registry.store.serving().active[slot] else {
      throw TaskError(
        "task \(definition.name) has no linear head in force; 'shunt train' fits one, 'shunt models import' brings it")
    }
    return try await registry.head(version)
  }
}
