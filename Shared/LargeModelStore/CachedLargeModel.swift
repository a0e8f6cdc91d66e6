import Classification
import Concurrency
import LargeModel
import LargeModelFlow
import Logging
import Metrics
import Postgres

/// A large model that is asked the same question once for as long as its store keeps answers, by whoever shares the store.
///
/// Who asks what is already being asked waits for that answer. Neither that nor an answer from the store has tokens or
/// a cost. A database that is away costs questions, not answers; a file that cannot be written ends the asking.
public struct CachedLargeModel: LargeModel {
  private typealias Outcome = Result<LargeModelAnswer, LargeModelError>

  /// The model's own.
  public var version: String { model.version }
  /// The model's own.
  public var trouble: String? { model.trouble }
  private let model: any LargeModel
  private let task: String
  private let labels: LabelIndex
  private let store: any AnswerStore
  private let flights = SingleFlight<AnswerKey, Outcome>()
  private let logger = Logger(label: "large-model-cache")
  private let found = Counter(label: "shunt_large_model_cache_total", dimensions: [("way", "found")])
  private let shared = Counter(label: "shunt_large_model_cache_total", dimensions: [("way", "shared")])
  private let asked = Counter(label: "shunt_large_model_cache_total", dimensions: [("way", "asked")])

  /// - Parameters:
  ///   - model: asked where the store has no answer.
  ///   - task: its name; tasks share no answers.
  ///   - labels: the task's; none where it answers with captions.
  public init(_ model: any LargeModel, task: String, labels: LabelIndex, store: any AnswerStore) {
    (self.model, self.task, self.labels, self.store) = (model, task, labels, store)
  }

  /// Those of some questions that the model would be asked: without an answer in the store, and each only once.
  public func unanswered(_ requests: [LargeModelRequest]) async throws -> [LargeModelRequest] {
    var (seen, open): (Set<AnswerKey>, [LargeModelRequest]) = ([], [])
    for request in requests {
      let key = key(request)
      guard seen.insert(key).inserted, try await store.answer(to: key) == nil else { continue }
      open.append(request)
    }
    return open
  }

  /// Answers from the store, and asks the model for what is not there.
  public func answer(_ requests: [LargeModelRequest]) async throws -> [Result<LargeModelAnswer, LargeModelError>] {
    try await requests.concurrentMap { try await answer($0) }
  }

  private func answer(_ request: LargeModelRequest) async throws -> Outcome {
    let key = key(request)
    let (outcome, isShared) = try await flights.value(for: key) {
      if let answer = try await lookUp(key) { return .success(answer) }
      asked.increment()
      let outcome = try await model.answer([request])[0]
      if case .success(let answer) = outcome { try await keep(answer, request, key) }
      return outcome
    }
    guard isShared else { return outcome }
    shared.increment()
    return outcome.map(\.withoutCost).mapError(\.withoutCost)
  }

  private func key(_ request: LargeModelRequest) -> AnswerKey {
    let prior = request.prior.map { prior in request.candidates.map { LargeModelRequest.shown(prior[$0]) } }
    let suggestion = request.suggestion.map { [$0.caption, LargeModelRequest.shown($0.confidence)] }
    return AnswerKey(
      task: task, text: request.text, image: request.input.image?.fetched,
      candidates: request.candidates.map { labels.names[$0] }, probabilities: prior ?? suggestion ?? [],
      model: model.version,
      promptVersion: "")
  }

  private func lookUp(_ key: AnswerKey) async throws -> LargeModelAnswer? {
    do {
      guard let cached = try await store.answer(to: key) else { return nil }
      found.increment()
      return LargeModelAnswer(cached, labels: labels)
    } catch let error as PostgresError {
      // Whatever is wrong with it: a cache is worth no answer.
      logger.warning("the cache cannot be read, the large model is asked: \(error)")
      return nil
    }
  }

  private func keep(_ answer: LargeModelAnswer, _ request: LargeModelRequest, _ key: AnswerKey) async throws {
    let cached: CachedAnswer =
      switch answer.choice {
      case .label(let label):
        .label(
          labels.names[label], candidates: request.candidates.map { labels.names[$0] },
          probabilities: answer.probabilities.map { known in request.candidates.map { Double(known[$0]) } })
      case .caption(let caption, let confidence): .caption(caption, confidence: confidence)
      }
    do {
      try await store.keep(cached, for: key)
    } catch let error as PostgresError {
      logger.warning("an answer is not cached: \(error)")
    }
  }
}

extension LargeModelAnswer {
  /// A cached answer; `nil` where it names a label that the task no longer has.
  fileprivate init?(_ cached: CachedAnswer, labels: LabelIndex) {
    switch cached {
    case .label(let label, let candidates, let probabilities):
      self.init(label: label, among: candidates, probabilities, labels: labels)
    case .caption(let caption, let confidence):
      self.init(caption: caption, confidence: confidence, promptTokens: 0, completionTokens: 0, cost: 0)
    }
  }

  private init?(label name: String, among names: [String], _ probabilities: [Double]?, labels: LabelIndex) {
    let candidates = names.compactMap { labels[$0] }
    guard let label = labels[name], candidates.count == names.count else { return nil }
    let known = probabilities.map { known in
      var probabilities = [Float](repeating: 0, count: labels.names.count)
      for (candidate, probability) in zip(candidates, known) { probabilities[candidate] = Float(probability) }
      return probabilities
    }
    self.init(label: label, probabilities: known, promptTokens: 0, completionTokens: 0, cost: 0)
  }

  fileprivate var withoutCost: LargeModelAnswer {
    var answer = self
    (answer.promptTokens, answer.completionTokens, answer.cost) = (0, 0, 0)
    return answer
  }
}

extension LargeModelError {
  fileprivate var withoutCost: LargeModelError {
    LargeModelError(
      kind, description, attempts: attempts, blame: blame, cause: cause, reason: reason, retryAfter: retryAfter)
  }
}
