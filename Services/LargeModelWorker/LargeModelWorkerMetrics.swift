import LargeModel
import Metrics

/// The worker's figures for `/metrics`.
struct LargeModelWorkerMetrics {
  private let answered = Counter(label: "shunt_large_model_samples_total", dimensions: [("way", "answered")])
  private let degraded = Counter(label: "shunt_large_model_samples_total", dimensions: [("way", "degraded")])
  private let withoutConfidence = Counter(label: "shunt_large_model_answers_without_confidence_total")
  private let leftOut = Counter(label: "shunt_large_model_inputs_left_out_total")
  private let rejected = Counter(label: "shunt_large_model_samples_total", dimensions: [("way", "rejected")])
  private let postponed = Counter(label: "shunt_large_model_samples_total", dimensions: [("way", "postponed")])
  private let promptTokens = Counter(label: "shunt_large_model_tokens_total", dimensions: [("kind", "prompt")])
  private let completionTokens = Counter(label: "shunt_large_model_tokens_total", dimensions: [("kind", "completion")])
  private let cost = FloatingPointCounter(label: "shunt_large_model_cost_total")

  func record(_ outcome: LargeModelDesk.Outcome) {
    answered.increment(by: outcome.answered)
    degraded.increment(by: outcome.degraded)
    withoutConfidence.increment(by: outcome.withoutConfidence)
    leftOut.increment(by: outcome.leftOut)
    rejected.increment(by: outcome.rejected)
    postponed.increment(by: outcome.postponed.count)
    promptTokens.increment(by: outcome.promptTokens)
    completionTokens.increment(by: outcome.completionTokens)
    cost.increment(by: outcome.cost)
  }
}

/// A server's requests and failures by task, for `/metrics`: the client's own counts, which only grow.
struct ServerMetrics {
  private typealias Count = (kind: String, value: @Sendable (ServerStatistics) -> Int)

  private static let counts: [Count] = [
    ("sent", { $0.requests }), ("failed", { $0.failures }), ("outside_labels", { $0.outsideLabels }),
    ("refused", { $0.refusals }), ("rate_limited", { $0.rateLimited }), ("timed_out", { $0.timeouts }),
  ]
  private var last: [String: ServerStatistics] = [:]

  mutating func record(_ task: String, _ statistics: ServerStatistics) {
    let before = last.updateValue(statistics, forKey: task)
    for (kind, value) in Self.counts {
      Counter(label: "shunt_large_model_requests_total", dimensions: [("task", task), ("kind", kind)])
        .increment(by: value(statistics) - (before.map(value) ?? 0))
    }
  }
}
