import Classification
import Foundation
import ImageFetch
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
  /// Fetches images by reference.
  var images = ImageFetcher(ImageSettings())
  /// A longer image does not travel with its answer.
  var longestImage = Answer.longestImage

  /// What a batch of hard samples came to.
  struct Outcome: Sendable {
    var records = OutgoingBatch()
    /// Which sample each record comes of.
    var items: [HardItem] = []
    /// Samples that were answered.
    var concluded: [HardItem] = []
    /// Samples that got no answer, and why; whether they are rejected or asked about again is not decided here.
    var failed: [(item: HardItem, error: LargeModelError)] = []
    /// Samples that are to be asked about later.
    var postponed: [HardItem] = []
    /// What holds the whole task back.
    var hold: Hold?
    /// Whether a control question was answered.
    var isControlAnswered = false
    var answered = 0
    /// Of those answered: how many have no probability.
    var withoutConfidence = 0
    var degraded = 0
    /// Answers whose input, or its image, is too long to be kept: they do not teach, or by their text alone.
    var leftOut = 0
    var rejected = 0
    /// What they are rejected for, each so often.
    var reasons: [String: Int] = [:]
    var promptTokens = 0
    var completionTokens = 0
    var cost = 0.0
  }

  /// What holds a task back.
  struct Hold: Sendable, Equatable {
    /// In one word, a metric's label.
    var cause: String
    /// For an operator, with the remedy.
    var reason: String
    /// How long nothing is worth asking, where that is known.
    var wait: Duration?
  }

  /// Asks the large model about samples of one task.
  /// - Parameter needsControl: whether the server is first asked a control question, for the samples failed before and
  ///   nothing was answered since.
  /// - Throws: `CancellationError`; what the world does to a task holds it.
  func answer(_ items: [HardItem], needsControl: Bool = false) async throws -> Outcome {
    var outcome = Outcome()
    guard let name = items.first?.hard.sample.task else { return outcome }
    guard let task = tasks[name] else {
      let known = tasks.keys.sorted().joined(separator: ", ")
      for item in items {
        let reason = "no large model for task \"\(name)\"; there is one for: \(known)"
        reject(item, reason, [], kind: "no large model for the task", &outcome)
      }
      return outcome
    }
    if let lack = task.lack {
      outcome.postponed = items
      outcome.hold = Hold(cause: "reads", reason: lack)
      return outcome
    }
    let inputs = try await fetched(readable(items, by: task, &outcome), by: task, &outcome)
    guard let questions = try await questions(about: inputs, of: task, &outcome) else { return outcome }
    var asked: [Question] = []
    for question in questions {
      if let question = await afforded(question, task, &outcome) { asked.append(question) }
    }
    if needsControl, let question = asked.first, try await !controls(question, task, &outcome) {
      for question in asked {
        await task.account?.settle(reserved: question.reserved, paid: 0, at: Date())
        outcome.postponed.append(question.item)
      }
      return outcome
    }
    guard !asked.isEmpty else { return outcome }
    for (question, result) in zip(asked, try await results(asked, task)) {
      await task.account?.settle(reserved: question.reserved, paid: result.cost, at: Date())
      switch result {
      case .success(let answer):
        conclude(question, answer, task, &outcome)
        outcome.concluded.append(question.item)
      case .failure(let error): outcome.failed.append((question.item, error))
      }
    }
    return outcome
  }

  /// The samples in which there is something that the large model reads; the others are rejected.
  private func readable(_ items: [HardItem], by task: LargeModelTask, _ outcome: inout Outcome) -> [HardItem] {
    items.filter { item in
      if task.reads.contains(where: item.hard.sample.input.holds) { return true }
      let kinds = task.reads.map(\.rawValue).sorted().joined(separator: " or ")
      let reason = "the sample has no \(kinds), which is what the task's large model reads"
      reject(item, reason, [], &outcome)
      return false
    }
  }

  /// What the large model says; where it fails as a whole, each question fails by that.
  private func results(
    _ questions: [Question], _ task: LargeModelTask
  ) async throws -> [Result<LargeModelAnswer, LargeModelError>] {
    do {
      return try await task.model.answer(questions.map(\.pruned.request))
    } catch {
      try Task.checkCancellation()
      let failure = error as? LargeModelError ?? LargeModelError(.unavailable, "the large model fails: \(error)")
      return questions.map { _ in .failure(failure) }
    }
  }

  /// Asks the server the same about a harmless input.
  /// - Returns: whether it answers, so that what fails is the sample's own; `true` where the model is no server, whose
  ///   failures tell by themselves.
  private func controls(_ question: Question, _ task: LargeModelTask, _ outcome: inout Outcome) async throws -> Bool {
    guard let server = task.server else { return true }
    var request = question.pruned.request
    (request.id, request.input) = (nil, .control(task.labels.names.first ?? Self.controlText, reads: task.reads))
    let result = try await server.answer([request])[0]
    await task.account?.settle(reserved: 0, paid: result.cost, at: Date())
    outcome.cost += result.cost
    guard case .failure(let error) = result else {
      outcome.isControlAnswered = true
      return true
    }
    outcome.hold = Hold(error)
    return false
  }

  /// What a task without labels is asked to describe.
  private static let controlText = "A small grey square."

  /// One sample's question.
  struct Question {
    let item: HardItem
    let pruner: PromptPruner
    let pruned: PromptPruner.Question
    var reserved = 0.0
  }

  /// - Returns: `nil` where what must be known of the small models cannot be read now.
  private func questions(
    about inputs: [Seen], of task: LargeModelTask, _ outcome: inout Outcome
  ) async throws -> [Question]? {
    do {
      return try await questions(about: inputs, of: task)
    } catch {
      try Task.checkCancellation()
      outcome.postponed = inputs.map(\.item)
      outcome.hold = Hold(cause: "facts", reason: "what is known of its small models cannot be read: \(error)")
      return nil
    }
  }

  private func questions(about inputs: [Seen], of task: LargeModelTask) async throws -> [Question] {
    switch task.reply {
    case .label: try await labelQuestions(about: inputs, of: task)
    case .caption: captionQuestions(about: inputs, of: task)
    }
  }

  private func captionQuestions(about inputs: [Seen], of task: LargeModelTask) -> [Question] {
    let pruner = PromptPruner(settings: task.pruning, classCount: 0, facts: nil)
    return inputs.map { item, input in
      // The last small model that saw the sample is the one that knows it best.
      var suggestion: LargeModelRequest.Suggestion?
      if case .caption(let caption, let confidence)? = item.hard.predictions.last?.belief {
        suggestion = LargeModelRequest.Suggestion(caption: caption, confidence: confidence)
      }
      return Question(
        item: item, pruner: pruner,
        pruned: pruner.question(captionOf: input, id: item.hard.sample.id, suggestion: suggestion))
    }
  }

  private func labelQuestions(about inputs: [Seen], of task: LargeModelTask) async throws -> [Question] {
    var known: [String: SmallModelFacts?] = [:]
    var questions: [Question] = []
    for (item, input) in inputs {
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
      let small = prediction?.distribution?.expanded(over: task.labels, prior: prior)
      questions.append(
        Question(
          item: item, pruner: pruner,
          pruned: pruner.question(id: sample.id, input: input, small: small)))
    }
    return questions
  }

  /// - Returns: the question, where the task's budget lets it be asked.
  private func afforded(_ question: Question, _ task: LargeModelTask, _ outcome: inout Outcome) async -> Question? {
    guard let account = task.account else { return question }
    let estimate = task.server?.estimate(question.pruned.request).most.cost ?? 0
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
      outcome.hold = Hold(
        cause: "budget", reason: "the budget is spent until \(end.ISO8601Format()); see large_model.budget",
        // The wall clock may be set: it is looked at again before the hour or day is over.
        wait: .seconds(max(0, min(end.timeIntervalSinceNow, 60))))
    }
    return nil
  }
}

extension LargeModelDesk.Hold {
  /// What a failure says of the whole task.
  init(_ error: LargeModelError) {
    self.init(
      cause: error.cause.rawValue, reason: error.attempts.last ?? error.description, wait: error.retryAfter)
  }
}

extension Result where Success == LargeModelAnswer, Failure == LargeModelError {
  /// What it cost, answer or not.
  var cost: Double {
    switch self {
    case .success(let answer): answer.cost
    case .failure(let error): error.cost
    }
  }
}
