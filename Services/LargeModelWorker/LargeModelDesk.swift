import Cascade
import Foundation
import Kafka
import LargeModel
import Messages
import Tasks

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
    /// Which sample each record comes of.
    var items: [HardItem] = []
    /// Samples that are to be asked about later.
    var postponed: [HardItem] = []
    /// Why they are, and until when, where that is known.
    var postponement: (reason: String, until: Date?)?
    var answered = 0
    /// Of those answered: how many have no probability.
    var withoutConfidence = 0
    var degraded = 0
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
    var asked: [Question] = []
    for question in try await questions(about: items, of: task) {
      if let question = await afforded(question, task, &outcome) { asked.append(question) }
    }
    guard !asked.isEmpty else { return outcome }
    let results = try await task.model.answer(asked.map(\.pruned.request))
    for (question, result) in zip(asked, results) {
      let paid =
        switch result {
        case .success(let answer): answer.cost
        case .failure(let error): error.cost
        }
      await task.account?.settle(reserved: question.reserved, paid: paid, at: Date())
      switch result {
      case .success(let answer): conclude(question, answer, task, &outcome)
      case .failure(let error): fail(question.item, error, &outcome)
      }
    }
    return outcome
  }

  /// One sample's question.
  struct Question {
    let item: HardItem
    let pruner: PromptPruner
    let pruned: PromptPruner.Question
    var reserved = 0.0
  }

  private func questions(about items: [HardItem], of task: LargeModelTask) async throws -> [Question] {
    var known: [String: SmallModelFacts?] = [:]
    var questions: [Question] = []
    for item in items {
      let (sample, predictions) = (
        item.hard.sample, task.pruning.chosenMode == PruningMode.none ? [] : item.hard.predictions
      )
      for version in predictions.map(\.version) where known[version] == nil {
        known[version] = try await self.facts(sample.task, version)
      }
      // The last small model that saw the sample is the one that knows it best; the first one's calibration chose the
      // pruning.
      let prediction = predictions.last
      let facts = prediction.flatMap { known[$0.version] ?? nil }
      let chosen = task.pruning.chosenMode ?? predictions.first.flatMap { known[$0.version] ?? nil }?.pruning
      let pruner = PromptPruner(
        settings: task.pruning, mode: chosen, classCount: task.labels.names.count, facts: facts)
      let prior = facts.flatMap { $0.prior.count == task.labels.names.count ? $0.prior : nil }
      let small = prediction?.distribution.expanded(over: task.labels, prior: prior)
      questions.append(
        Question(item: item, pruner: pruner, pruned: pruner.question(id: sample.id, text: sample.text, small: small)))
    }
    return questions
  }

  /// - Returns: the question, where the task's budget lets it be asked.
  private func afforded(_ question: Question, _ task: LargeModelTask, _ outcome: inout Outcome) async -> Question? {
    guard let account = task.account else { return question }
    let estimate = task.server?.estimatedCost(question.pruned.request) ?? 0
    let small = question.item.hard.predictions.last
    switch await account.decide(estimate: estimate, small: small, at: Date()) {
    case .ask(let reserved):
      var question = question
      question.reserved = reserved
      return question
    case .degrade(let threshold):
      degrade(question.item, threshold, &outcome)
    case .wait(let end):
      outcome.postponed.append(question.item)
      outcome.postponement = ("the budget is spent until \(end.ISO8601Format())", end)
    }
    return nil
  }

  private func fail(_ item: HardItem, _ error: LargeModelError, _ outcome: inout Outcome) {
    if error.kind == .unavailable {
      outcome.postponed.append(item)
      outcome.postponement = (([error.description] + error.attempts.suffix(1)).joined(separator: "; "), nil)
    } else {
      let attempts = error.attempts.isEmpty ? [error.description] : error.attempts
      reject(item, "the large model gave no answer", attempts, &outcome)
    }
  }
}
