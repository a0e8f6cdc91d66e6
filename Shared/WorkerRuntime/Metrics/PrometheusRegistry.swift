import CoreMetrics
import Synchronization

/// A swift-metrics backend that renders the Prometheus text exposition format 0.0.4.
///
/// Names and units: dots and dashes become underscores; a counter ends in `_total`, a timer in `_seconds`. Counters
/// are counters, meters and non-aggregating recorders are gauges, timers and aggregating recorders are histograms.
/// Writing to a metric takes no lock; making and rendering one does.
public final class PrometheusRegistry: MetricsFactory, Sendable {
  /// Upper bounds of a timer's buckets, in seconds: a small model's batch of under a millisecond to a large model's
  /// minute.
  public static let timeBuckets: [Double] = [
    0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60,
  ]
  /// Upper bounds of an aggregating recorder's buckets, in its own unit: batch sizes, lengths, probabilities.
  public static let valueBuckets: [Double] = [
    0.001, 0.01, 0.1, 0.25, 0.5, 0.75, 0.9, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000, 50000,
  ]

  private struct State {
    var families: [String: MetricFamily] = [:]
    var help: [String: String] = [:]
    var buckets: [String: [Double]] = [:]
  }

  private let state = Mutex(State())

  /// A registry without metrics.
  public init() {}

  /// Says what a metric counts, and where its buckets end if the defaults do not suit; before the metric is made.
  /// - Parameters:
  ///   - label: the metric's swift-metrics label.
  ///   - help: one sentence, shown as `# HELP`.
  ///   - buckets: a histogram's upper bounds, ascending.
  public func describe(_ label: String, _ help: String, buckets: [Double]? = nil) {
    state.withLock {
      $0.help[label] = help
      if let buckets { $0.buckets[label] = buckets.sorted() }
    }
  }

  /// All metrics, sorted by name and labels, as `text/plain; version=0.0.4`.
  public func render() -> String {
    state.withLock { state in
      state.families.sorted { $0.key < $1.key }.map { $0.value.text(name: $0.key) }.joined()
    }
  }

  /// A count of whole things.
  public func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
    child(label, .counter, dimensions) { _ in PrometheusCounter() }
  }

  /// A sum that only rises.
  public func makeFloatingPointCounter(
    label: String, dimensions: [(String, String)]
  ) -> any FloatingPointCounterHandler {
    child(label, .counter, dimensions) { _ in PrometheusFloatingPointCounter() }
  }

  /// A value that rises and falls.
  public func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
    child(label, .gauge, dimensions) { _ in PrometheusGauge() }
  }

  /// A histogram where values are aggregated, else the last value as a gauge.
  public func makeRecorder(label: String, dimensions: [(String, String)], aggregate: Bool) -> any RecorderHandler {
    guard aggregate else { return child(label, .gauge, dimensions) { _ in PrometheusGauge() } }
    return child(label, .histogram, dimensions) { PrometheusHistogram($0 ?? Self.valueBuckets) }
  }

  /// A histogram in seconds.
  public func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
    child(label, .timer, dimensions) { PrometheusHistogram($0 ?? Self.timeBuckets) }
  }

  /// Renders it no more.
  public func destroyCounter(_ handler: any CounterHandler) { remove(handler) }
  /// Renders it no more.
  public func destroyFloatingPointCounter(_ handler: any FloatingPointCounterHandler) { remove(handler) }
  /// Renders it no more.
  public func destroyMeter(_ handler: any MeterHandler) { remove(handler) }
  /// Renders it no more.
  public func destroyRecorder(_ handler: any RecorderHandler) { remove(handler) }
  /// Renders it no more.
  public func destroyTimer(_ handler: any TimerHandler) { remove(handler) }

  /// The handler of a name and its dimensions, made on first use. A name that already stands for another kind gets a
  /// handler that nobody sees: metrics must not stop a worker.
  private func child<Handler: PrometheusMetric>(
    _ label: String, _ kind: MetricKind, _ dimensions: [(String, String)], make: ([Double]?) -> Handler
  ) -> Handler {
    let name = kind.name(for: label)
    return state.withLock { state in
      var family = state.families[name] ?? MetricFamily(type: kind.type, help: state.help[label])
      let labels = PrometheusText.labels(dimensions)
      if let existing = family.children[labels] as? Handler { return existing }
      let handler = make(state.buckets[label])
      guard family.type == kind.type, family.children[labels] == nil else { return handler }
      family.children[labels] = handler
      state.families[name] = family
      return handler
    }
  }

  private func remove(_ handler: AnyObject) {
    state.withLock { state in
      for (name, var family) in state.families {
        guard let labels = family.children.first(where: { $0.value === handler })?.key else { continue }
        family.children[labels] = nil
        state.families[name] = family.children.isEmpty ? nil : family
      }
    }
  }
}

/// What a metric is for swift-metrics, and so how Prometheus names it.
enum MetricKind {
  case counter, gauge, histogram, timer

  var type: String {
    switch self {
    case .counter: "counter"
    case .gauge: "gauge"
    case .histogram, .timer: "histogram"
    }
  }

  func name(for label: String) -> String {
    let name = PrometheusText.name(label)
    let suffix = self == .counter ? "_total" : self == .timer ? "_seconds" : ""
    return name.hasSuffix(suffix) ? name : name + suffix
  }
}

/// All metrics of one name, by their label text.
struct MetricFamily {
  let type: String
  let help: String?
  var children: [String: any PrometheusMetric] = [:]

  func text(name: String) -> String {
    let head = (help.map { "# HELP \(name) \(PrometheusText.escapedHelp($0))\n" } ?? "") + "# TYPE \(name) \(type)\n"
    return head
      + children.sorted { $0.key < $1.key }.flatMap { $0.value.samples(name: name, labels: $0.key) }
      .map { $0 + "\n" }.joined()
  }
}
