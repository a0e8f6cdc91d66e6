import Metrics

/// The worker's figures for `/metrics`.
struct LargeModelWorkerMetrics {
  private let answered = Counter(label: "shunt_large_model_samples_total", dimensions: [("way", "answered")])
  private let degraded = Counter(label: "shunt_large_model_samples_total", dimensions: [("way", "degraded")])
  private let rejected = Counter(label: "shunt_large_model_samples_total", dimensions: [("way", "rejected")])
  private let postponed = Counter(label: "shunt_large_model_samples_total", dimensions: [("way", "postponed")])
  private let promptTokens = Counter(label: "shunt_large_model_tokens_total", dimensions: [("kind", "prompt")])
  private let completionTokens = Counter(label: "shunt_large_model_tokens_total", dimensions: [("kind", "completion")])
  private let cost = FloatingPointCounter(label: "shunt_large_model_cost_total")

  func record(_ outcome: LargeModelDesk.Outcome) {
    answered.increment(by: outcome.answered)
    degraded.increment(by: outcome.degraded)
    rejected.increment(by: outcome.rejected)
    postponed.increment(by: outcome.postponed.count)
    promptTokens.increment(by: outcome.promptTokens)
    completionTokens.increment(by: outcome.completionTokens)
    cost.increment(by: outcome.cost)
  }
}
