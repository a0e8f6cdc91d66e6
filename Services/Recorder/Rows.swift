import Foundation
import Messages
import ResultStore

extension ResultRow {
  /// The row of an answer.
  init(_ answer: Answer) {
    self.init(
      task: answer.task, id: answer.id, reply: answer.reply, confidence: answer.confidence,
      answeredBy: answer.answeredBy, modelVersion: answer.modelVersion, threshold: answer.threshold.map { min($0, 1) },
      isDegraded: answer.isDegraded, isAudit: answer.audited != nil, distribution: Distribution(answer),
      // A caption is chosen among no candidates.
      pruning: answer.prompt.flatMap {
        guard $0.candidatesBefore > 0 else { return nil }
        return Pruning(
          candidatesBefore: $0.candidatesBefore, candidatesAfter: $0.candidatesAfter, entropyBefore: $0.entropyBefore,
          entropyAfter: $0.entropyAfter)
      },
      usage: answer.prompt.map {
        Usage(promptTokens: $0.promptTokens, completionTokens: $0.completionTokens, cost: $0.cost)
      },
      specific: SpecificAnswer(answer), text: answer.input.text, image: answer.input.image,
      category: answer.category, truth: answer.truth, quality: answer.quality, producedAt: answer.producedAt?.date,
      routedAt: answer.routedAt.date, answeredAt: answer.answeredAt.date,
      isTextTruncated: answer.isTruncated, hasReplacedNulls: answer.hasReplacedText)
  }
}

extension Distribution {
  fileprivate init?(_ answer: Answer) {
    guard let known = answer.distribution else { return nil }
    self.init(labels: known.top.map(\.label), probabilities: known.top.map(\.probability), rest: known.rest)
  }
}

extension SpecificAnswer {
  /// What S1 said: its own answer, or what travelled with another's.
  fileprivate init?(_ answer: Answer) {
    if answer.answeredBy == .specific, let confidence = answer.confidence {
      self.init(answer.reply, confidence: confidence)
    } else if let said = answer.specific?.answer {
      self.init(said.reply, confidence: said.confidence)
    } else {
      return nil
    }
  }
}

extension GoldLabelRow {
  /// The row of a label.
  /// - Parameter moment: when its message came.
  init(_ label: GoldLabel, came moment: Timestamp) {
    self.init(
      task: label.task, id: label.id, truth: label.truth, by: label.by ?? "",
      labelledAt: (label.labelledAt ?? moment).date)
  }
}

extension RejectionRow {
  /// The row of a rejection.
  init(_ rejection: Rejection) {
    self.init(
      topic: rejection.topic, partition: Int(rejection.partition), offset: Int(rejection.offset),
      task: rejection.task, id: rejection.id, reason: rejection.reason, payload: rejection.payload,
      isTruncated: rejection.isTruncated, originalSize: rejection.size, attempts: rejection.attempts,
      format: rejection.payloadFormat, rejectedAt: rejection.rejectedAt.date)
  }
}
