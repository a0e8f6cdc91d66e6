import Encoders
import Foundation
import LargeModel
import ModelRegistry
import ModelStore
import SmallModel
import Tasks

/// Asks a task's large model one question, to see whether it answers as it should.
public struct LargeModelCheck: Sendable {
  private let task: TaskDefinition
  private let store: ModelStore?
  private let known: [String]?
  private var head: LinearHead?
  private var captioner: CaptionerArtifact?

  /// A check of a task; its labels come from the model in force, where `task.json` names none.
  public init(_ task: TaskDefinition, store: ModelStore) {
    self.task = task
    self.store = store
    known = nil
  }

  /// A check of a task whose labels are known.
  public init(_ task: TaskDefinition, labels: [String]) {
    self.task = task
    store = nil
    known = labels
  }

  /// A check of a task whose models are in its folder.
  /// - Throws: what keeps them from being read; `TaskError` where it cannot be asked yet.
  public init(_ task: TaskDefinition, files: TaskFiles) throws {
    func exists(_ file: URL) -> Bool { FileManager.default.fileExists(atPath: file.path) }
    if let lack = task.unreadableInputs { throw TaskError(lack) }
    if task.largeModel.traits.needsHead, task.largeModel.head == nil, !exists(files.head) {
      throw TaskError("its linear head is not fitted yet; run 'shunt train'")
    }
    if task.largeModel.traits.needsCaptioner, task.largeModel.captionerFile == nil, !exists(files.large) {
      throw TaskError("its large captioner is not trained yet; run 'shunt train'")
    }
    guard task.needsNoSmallModel || exists(files.specific) else {
      throw TaskError("task.labels names no labels to ask about, and there is no small model yet; name them")
    }
    self.init(
      task,
      labels: task.needsNoSmallModel ? task.labels : try SmallModelArtifact(contentsOf: files.specific).card.labels)
    head = exists(files.head) ? try LinearHead(contentsOf: files.head) : nil
    captioner = exists(files.large) ? try CaptionerArtifact(contentsOf: files.large) : nil
  }

  /// - Returns: what it answered, how long it took, and what it cost; and what it means where it gave no probability.
  /// - Throws: why it cannot be asked, or what every attempt failed with; where it gave no probability, and
  ///   `none_of_these` needs one, that.
  public func ask() async throws -> String {
    var task = task
    // One failure is enough to know.
    task.largeModel.server.client.retry.maximumAttempts = 1
    let labels = try await labels()
    let model = try await LargeModelFactory(models: ModelsFolder()).make(
      task, labels: labels, head: head, captioner: captioner)
    let clock = ContinuousClock()
    let start = clock.now
    let about = labels.first ?? "a small grey square"
    let request = LargeModelRequest(
      input: .control(about, reads: task.largeModel.traits.reads), candidates: Array(labels.indices.prefix(2)))
    switch try await model.answer([request])[0] {
    case .success(let answer):
      let taken = (clock.now - start).formatted(.units(allowed: [.milliseconds], width: .abbreviated))
      let probability = answer.confidence.map { $0.formatted(.number.precision(.fractionLength(3))) }
      let name = model.server == nil ? model.version : task.largeModel.server.client.model
      let said = """
        \(name) answers "\(answer.reply(labels: labels).text)" to "\(about)" with \
        \(probability.map { "probability \($0)" } ?? "no probability") in \(taken); \
        \(answer.promptTokens) + \(answer.completionTokens) tokens, cost \(answer.cost)
        """
      if probability != nil { return said }
      let lack = "\(said)\n      \(MissingConfidence(task))"
      guard task.largeModel.noneOfThese == nil else { throw TaskError(lack) }
      return lack
    case .failure(let error):
      throw TaskError(([error.description] + error.attempts).joined(separator: "; "))
    }
  }

  private func labels() async throws -> [String] {
    if let known { return known }
    if task.needsNoSmallModel { return task.labels }
    guard let store, let active = try await store.serving().active[ModelSlot(task: task.name, role: .specific)] else {
      throw TaskError("task \(task.name) has no model in force, and so no labels to ask about")
    }
    return try await ModelRegistry(store).smallModel(active).card.labels
  }
}
