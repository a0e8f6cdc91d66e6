import Metrics

/// The router's figures for `/metrics`.
struct RouterMetrics {
  private let specific = Counter(label: "shunt_router_samples_total", dimensions: [("way", "specific")])
  private let learnable = Counter(label: "shunt_router_samples_total", dimensions: [("way", "learnable")])
  private let intermediate = Counter(label: "shunt_router_samples_total", dimensions: [("way", "intermediate")])
  private let hard = Counter(label: "shunt_router_samples_total", dimensions: [("way", "hard")])
  private let rejected = Counter(label: "shunt_router_samples_total", dimensions: [("way", "rejected")])
  private let audited = Counter(label: "shunt_router_audits_total")
  private let leftOut = Counter(label: "shunt_router_inputs_left_out_total")
  private let fetched = Counter(label: "shunt_router_images_total", dimensions: [("way", "fetched")])
  private let postponed = Counter(label: "shunt_router_images_total", dimensions: [("way", "postponed")])
  private let routing = Metrics.Timer(label: "shunt_router_routing_seconds")
  private let publishing = Metrics.Timer(label: "shunt_router_publishing_seconds")
  private let batchSize = Recorder(label: "shunt_router_batch_samples")

  func record(_ routed: RoutedBatch, size: Int, routing time: Duration) {
    let counts = routed.counts
    leftOut.increment(by: counts.leftOut)
    for count in routed.fetched.values { fetched.increment(by: count) }
    for waiting in routed.postponed.values { postponed.increment(by: waiting.places.count) }
    specific.increment(by: counts.specific)
    learnable.increment(by: counts.learnable)
    intermediate.increment(by: counts.intermediate)
    hard.increment(by: counts.hard)
    rejected.increment(by: counts.rejected)
    audited.increment(by: counts.audited)
    batchSize.record(size)
    routing.record(duration: time)
  }

  func recordPublishing(_ time: Duration) { publishing.record(duration: time) }
}
