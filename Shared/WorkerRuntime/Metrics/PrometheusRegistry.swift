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

  private let families = Mutex<[String: MetricFamily]>([:])
  private let help: [String: String]
  private let buckets: [String: [Double]]

  /// A registry of its own.
  /// - Parameters:
  ///   - help: what a metric counts, by its swift-metrics label; shown as `# HELP`.
  ///   - buckets: upper bounds, ascending, of the histograms that the defaults do not suit, by swift-metrics label.
  public init(help: [String: String] = [:], buckets: [String: [Double]] = [:]) {
    self.help = help
    self.buckets = buckets
  }

  /// All metrics, sorted by name and labels, as `text/plain; version=0.0.4`.
  public func render() -> String {
    families.withLock { families in
      families.sorted { $0.key < $1.key }.map { $0.value.text(name: $0.key) }.joined()
    }
  }

  /// A count of whole things.
  public func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
    child(label, .counter, dimensions) { PrometheusCounter() }
  }

  /// A sum that only rises.
  public func makeFloatingPointCounter(
    label: String, dimensions: [(String, String)]
  ) -> any FloatingPointCounterHandler {
    child(label, .counter, dimensions) { PrometheusFloatingPointCounter() }
  }

  /// A value that rises and falls.
  public func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
    child(label, .gauge, dimensions) { PrometheusGauge() }
  }

  /// A histogram where values are aggregated, else the last value as a gauge.
  public func makeRecorder(label: String, dimensions: [(String, String)], aggregate: Bool) -> any RecorderHandler {
    guard aggregate else { return child(label, .gauge, dimensions) { PrometheusGauge() } }
    return child(label, .histogram, dimensions) { PrometheusHistogram(self.buckets[label] ?? Self.valueBuckets) }
  }

  /// A histogram in seconds.
  public func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
    child(label, .timer, dimensions) { PrometheusHistogram(self.buckets[label] ?? Self.timeBuckets) }
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
    _ label: String, _ kind: MetricKind, _ dimensions: [(String, String)], make: () -> Handler
  ) -> Handler {
    let name = kind.name(for: label)
    return families.withLock { families in
      var family = families[name] ?? MetricFamily(type: kind.type, help: help[label])
      let labels = PrometheusText.labels(dimensions)
      if let existing = family.children[labels] { return existing as? Handler ?? make() }
      let handler = make()
      guard family.type == kind.type else { return handler }
      family.children[labels] = handler
      families[name] = family
      return handler
    }
  }

  private func remove(_ handler: AnyObject) {
    families.withLock { families in
      for (name, var family) in families {
        guard let labels = family.children.first(where: { $0.value === handler })?.key else { continue }
        family.children[labels] = nil
        families[name] = family.children.isEmpty ? nil : family
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
