import Classification
import Content
import Kafka
import LargeModel
import Messages
import Streams
import Tasks

extension LargeModelDesk {
  /// The large model's answer.
  func conclude(
    _ question: Question, _ given: LargeModelAnswer, _ task: LargeModelTask, _ outcome: inout Outcome
  ) {
    let conclusion = question.pruner.conclude(question.pruned, given)
    let (hard, labels) = (question.item.hard, task.labels)
    let none = conclusion.flatMap { _ in task.noneOfThese?.outcome(of: given) }
    let (reply, confidence): (Reply, Float?) =
      if let none {
        (.label(none.label), none.confidence)
      } else if let conclusion {
        (.label(labels.names[conclusion.label]), conclusion.confidence)
      } else {
        (given.reply(labels: labels.names), given.confidence)
      }
    var answer = Answer(
      sample: hard.sample, reply: reply, confidence: confidence, answeredBy: .large,
      modelVersion: task.model.version, threshold: hard.predictions.last?.threshold,
      distribution: conclusion?.probabilities.map { LabelDistribution(labels: labels, probabilities: $0) },
      // What fits no label teaches none.
      routedAt: hard.routedAt, answeredAt: .now, keepsInput: none == nil, longestImage: longestImage)
    if none == nil, answer.input != hard.sample.input { outcome.leftOut += 1 }
    answer.specific = hard.predictions.first
    answer.audited = hard.audited
    answer.prompt = PromptRecord(
      candidatesBefore: conclusion?.candidates.before ?? 0, candidatesAfter: conclusion?.candidates.after ?? 0,
      entropyBefore: conclusion?.entropy.before ?? 0, entropyAfter: conclusion?.entropy.after ?? 0,
      promptTokens: given.promptTokens, completionTokens: given.completionTokens, cost: given.cost)
    outcome.answered += 1
    if answer.confidence == nil { outcome.withoutConfidence += 1 }
    outcome.promptTokens += given.promptTokens
    outcome.completionTokens += given.completionTokens
    outcome.cost += given.cost
    publish(answer, of: question.item, &outcome)
  }

  /// The best small model's answer, because the budget is spent.
  /// - Parameter threshold: δ, where it was lowered for that.
  func degrade(_ item: HardItem, _ threshold: Float?, _ outcome: inout Outcome) {
    // An easy sample under audit has its answer already.
    guard item.hard.audited == nil else { return }
    guard let small = item.hard.predictions.last, let best = small.answer else {
      return reject(item, "the budget is spent, and no small model has said anything of it", [], &outcome)
    }
    var answer = Answer(
      sample: item.hard.sample, reply: best.reply, confidence: best.confidence, answeredBy: small.model,
      modelVersion: small.version, threshold: threshold ?? small.threshold, distribution: small.distribution,
      routedAt: item.hard.routedAt, answeredAt: .now, keepsInput: false)
    answer.isDegraded = true
    if small.model != .specific { answer.specific = item.hard.predictions.first }
    outcome.degraded += 1
    publish(answer, of: item, &outcome)
  }

  /// The rejection of a sample whose own fault it is.
  func reject(_ item: HardItem, _ error: LargeModelError, _ outcome: inout Outcome) {
    let attempts = error.attempts.isEmpty ? [error.description] : error.attempts
    reject(item, "the large model gave no answer", attempts, kind: error.reason, &outcome)
  }

  /// - Parameter kind: equal for equal faults.
  func reject(
    _ item: HardItem, _ reason: String, _ attempts: [String], kind: String? = nil, _ outcome: inout Outcome,
    maximumPayload: Int = Rejection.maximumPayload
  ) {
    // An easy sample under audit has its answer already.
    guard item.hard.audited == nil else { return }
    let rejection = Rejection(
      of: item.hard.sample, at: item.place, offset: item.offset, reason: reason, attempts: attempts,
      maximumPayload: maximumPayload)
    outcome.rejected += 1
    outcome.reasons[kind ?? reason, default: 0] += 1
    outcome.items.append(item)
    outcome.records.append(rejection, to: topics.rejected, key: item.hard.sample.id.utf8)
  }

  /// Publishes what a batch came to. What is too large for the broker becomes a small rejection.
  func publish(_ outcome: Outcome, by producer: Producer) async throws {
    let tooLarge = try await OversizedRecords.publishOthers(of: outcome.records, by: producer)
    if tooLarge.isEmpty { return }
    var rest = Outcome()
    for record in tooLarge {
      let reason = outcome.records.reason(ofTooLarge: record, rejected: topics.rejected)
      reject(outcome.items[record], reason, [], &rest, maximumPayload: Rejection.smallPayload)
    }
    try await producer.publish(rest.records)
  }

  private func publish(_ answer: Answer, of item: HardItem, _ outcome: inout Outcome) {
    outcome.items.append(item)
    outcome.records.append(answer, to: topics.results)
  }
}

extension NoneOfThese {
  /// The answer that no label fits, with 1 less the best label's probability; `nil` where one does, or where nobody
  /// knows how probable it is.
  /// - Parameter answer: before the small model is weighed in: it has to choose one of its labels.
  func outcome(of answer: LargeModelAnswer) -> (label: String, confidence: Float)? {
    guard let best = answer.confidence, best < threshold else { return nil }
    return (label, 1 - best)
  }
}
