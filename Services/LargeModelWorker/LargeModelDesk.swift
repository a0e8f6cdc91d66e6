import Cascade
import JSON
import Kafka
import LargeModel
import Messages
import Tasks

/// A task as the large-model worker sees it.
public struct LargeModelTask: Sendable {
  /// The task's labels.
  public let labels: LabelIndex
  /// What answers.
  public let model: any LargeModel
  /// How its prompt is pruned.
  public let pruning: PruningSettings

  /// A task with its large model.
  public init(labels: LabelIndex, model: any LargeModel, pruning: PruningSettings) {
    self.labels = labels
    self.model = model
    self.pruning = pruning
  }
}

/// Brings the facts of a small model's version; `nil` where nobody knows the version.
public typealias FactsLookup = @Sendable (_ task: String, _ version: String) async throws -> SmallModelFacts?

/// Turns hard samples of one task into the records that answer or reject them.
struct LargeModelDesk: Sendable {
  let tasks: [String: LargeModelTask]
  let facts: FactsLookup
  let topics: Topics

  /// What a batch of hard samples came to.
  struct Outcome: Sendable {
    var records = OutgoingBatch()
    var answered = 0
    var rejected = 0
    var promptTokens = 0
    var completionTokens = 0
    var cost = 0.0
  }

  /// Asks the large model about samples of one task.
  /// - Throws: what ends the worker: the model as a whole failed.
  func answer(_ items: [HardItem]) async throws -> Outcome {
    var outcome = Outcome()
    guard let name = items.first?.hard.sample.task else { return outcome }
    guard let task = tasks[name] else {
      let known = tasks.keys.sorted().joined(separator: ", ")
      for item in items {
        reject(item, "no large model for task \"\(name)\"; there is one for: \(known)", [], &outcome)
      }
      return outcome
    }
    let prompts = try await prompts(for: items, of: task)
    let answers = try await task.model.answer(prompts.map(\.question.request))
    for (item, (prompt, result)) in zip(items, zip(prompts, answers)) {
      switch result {
      case .success(let answer): conclude(item, prompt, answer, task, &outcome)
      case .failure(let error): reject(item, "the large model gave no answer", [error.description], &outcome)
      }
    }
    return outcome
  }

  private typealias Prompt = (pruner: PromptPruner, question: PromptPruner.Question)

  private func prompts(for items: [HardItem], of task: LargeModelTask) async throws -> [Prompt] {
    var known: [String: SmallModelFacts?] = [:]
    var prompts: [Prompt] = []
    for item in items {
      // The last small model that saw the sample is the one that knows it best.
      let prediction = task.pruning.mode == .none ? nil : item.hard.predictions.last
      var facts: SmallModelFacts?
      if let prediction {
        facts =
          if let seen = known[prediction.version] { seen } else {
            try await self.facts(item.hard.sample.task, prediction.version)
          }
        known[prediction.version] = facts
      }
      let pruner = PromptPruner(settings: task.pruning, classCount: task.labels.names.count, facts: facts)
      let prior = facts.flatMap { $0.prior.count == task.labels.names.count ? $0.prior : nil }
      let small = prediction?.distribution.expanded(over: task.labels, prior: prior)
      prompts.append((pruner, pruner.question(id: item.hard.sample.id, text: item.hard.sample.text, small: small)))
    }
    return prompts
  }

  private func conclude(
    _ item: HardItem, _ prompt: Prompt, _ given: LargeModelAnswer, _ task: LargeModelTask, _ outcome: inout Outcome
  ) {
    let conclusion = prompt.pruner.conclude(prompt.question, given)
    let (hard, labels) = (item.hard, task.labels.names)
    var answer = Answer(
      sample: hard.sample, label: labels[conclusion.confidence.label], confidence: conclusion.confidence.probability,
      answeredBy: .large, modelVersion: task.model.version, threshold: hard.predictions.last?.threshold,
      distribution: LabelDistribution(labels: labels, probabilities: conclusion.probabilities),
      routedAt: hard.routedAt, answeredAt: .now, keepsText: true)
    answer.specific = hard.predictions.first
    answer.audited = hard.audited
    answer.prompt = PromptRecord(
      candidatesBefore: conclusion.candidates.before, candidatesAfter: conclusion.candidates.after,
      entropyBefore: conclusion.entropy.before, entropyAfter: conclusion.entropy.after,
      promptTokens: given.promptTokens, completionTokens: given.completionTokens, cost: given.cost)
    outcome.answered += 1
    outcome.promptTokens += given.promptTokens
    outcome.completionTokens += given.completionTokens
    outcome.cost += given.cost
    outcome.records.append(to: topics.results, key: answer.id.utf8) { bytes in
      JSONWriter.append(to: &bytes) { answer.write(to: &$0) }
    }
  }

  private func reject(_ item: HardItem, _ reason: String, _ attempts: [String], _ outcome: inout Outcome) {
    // An easy sample under audit has its answer already.
    guard item.hard.audited == nil else { return }
    var payload = JSONWriter()
    item.hard.sample.write(to: &payload)
    let rejection = payload.bytes.withUnsafeBytes { value in
      Rejection(
        reason: reason, topic: item.place.topic, partition: item.place.partition, offset: item.offset,
        task: item.hard.sample.task, id: item.hard.sample.id, value: value, attempts: attempts, rejectedAt: .now)
    }
    outcome.rejected += 1
    outcome.records.append(to: topics.rejected, key: item.hard.sample.id.utf8) { bytes in
      JSONWriter.append(to: &bytes) { rejection.write(to: &$0) }
    }
  }
}
