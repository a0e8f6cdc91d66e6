import Classification
import Content
import Foundation
import LargeModel
import LargeModelStore
import Tasks

/// A task as the large-model worker sees it.
public struct LargeModelTask: Sendable {
  /// What it answers with.
  public let reply: Reply.Kind
  /// The task's labels; none where it answers with captions.
  public let labels: LabelIndex
  /// What answers.
  public let model: any LargeModel
  /// What the model can and needs.
  public let traits: LargeModelTraits
  /// What the model reads.
  var reads: Set<Input.Kind> { traits.reads }
  /// Why the model can be asked about none of the task's samples; `nil` where it can.
  public let lack: String?
  /// How its prompt is pruned.
  public let pruning: PruningSettings
  /// The model where it is a server: it has limits and may be away.
  public let server: (any ServedLargeModel)?
  /// What the task may spend; `nil` for no limit.
  public let account: SpendingAccount?
  /// What is answered where no label fits.
  public let noneOfThese: NoneOfThese?
  /// How samples are handed to the model; `nil` leaves it to the worker's settings. A server is asked sample by sample,
  /// so that none waits for another; and twice as many are under way as it is asked at once, because those that wait to
  /// be asked again, or for the broker, keep no connection busy.
  public var pace: Pace? { server.map { Pace(batchSize: 1, inFlight: 2 * $0.concurrency) } }

  /// A task whose model is no server and costs nothing.
  public init(
    labels: LabelIndex, model: any LargeModel, pruning: PruningSettings,
    traits: LargeModelTraits = LargeModelTraits(), reply: Reply.Kind = .label,
    noneOfThese: NoneOfThese? = nil, lack: String? = nil
  ) {
    self.reply = reply
    self.labels = labels
    self.model = model
    self.pruning = pruning
    self.traits = traits
    self.noneOfThese = noneOfThese
    self.lack = lack
    (server, account) = (nil, nil)
  }

  /// A task whose model, which is no server, could not be made yet.
  /// - Parameter make: tries again, whenever the task is asked.
  public init(
    _ definition: TaskDefinition, labels: [String], store: LargeModelStore,
    deferred make: @escaping @Sendable () async throws -> any LargeModel
  ) {
    let model = DeferredLargeModel {
      LargeModelTask(definition, labels: labels, model: try await make(), store: store).model
    }
    let settings = definition.largeModel
    self.init(
      labels: LabelIndex(labels), model: model, pruning: definition.pruning, traits: settings.traits,
      reply: definition.reply, noneOfThese: settings.noneOfThese, lack: definition.unreadableInputs)
  }

  /// A task by its definition.
  /// - Parameters:
  ///   - labels: in the order of the classes; none where it answers with captions.
  ///   - model: as the definition has it.
  ///   - store: keeps cached answers.
  public init(_ definition: TaskDefinition, labels: [String], model: any LargeModel, store: LargeModelStore) {
    let settings = definition.largeModel
    reply = definition.reply
    self.labels = LabelIndex(labels)
    pruning = definition.pruning
    traits = settings.traits
    lack = definition.unreadableInputs
    server = model.server
    account = settings.budget.map { SpendingAccount($0, at: Date()) }
    noneOfThese = settings.noneOfThese
    // The cache looks questions up one by one; an encoder wants them together again.
    let asked = server == nil ? MicroBatches(model) : model
    self.model =
      settings.cacheTimeToLive.map {
        CachedLargeModel(
          asked, task: definition.name, labels: LabelIndex(labels),
          store: store.answers(of: definition.name, timeToLive: $0))
      } ?? model
  }
}
