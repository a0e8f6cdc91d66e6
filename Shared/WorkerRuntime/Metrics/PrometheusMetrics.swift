import CoreMetrics
import Synchronization

/// A metric that can write its sample lines.
protocol PrometheusMetric: AnyObject, Sendable {
  /// Sample lines without line breaks. `labels` are escaped and joined, without braces.
  func samples(name: String, labels: String) -> [String]
}

/// A count of whole things, which only rises.
final class PrometheusCounter: CounterHandler, PrometheusMetric {
  private let value = Atomic<Int64>(0)

  func increment(by amount: Int64) {
    // A counter never falls; a negative amount is a caller's mistake and would look like a restart.
    if amount > 0 { value.wrappingAdd(amount, ordering: .relaxed) }
  }

  func reset() { value.store(0, ordering: .relaxed) }

  func samples(name: String, labels: String) -> [String] {
    [PrometheusText.sample(name, labels, "\(value.load(ordering: .relaxed))")]
  }
}

/// A sum that only rises, such as cost.
final class PrometheusFloatingPointCounter: FloatingPointCounterHandler, PrometheusMetric {
  private let value = AtomicDouble()

  func increment(by amount: Double) { if amount > 0, amount.isFinite { value.add(amount) } }

  func reset() { value.store(0) }

  func samples(name: String, labels: String) -> [String] {
    [PrometheusText.sample(name, labels, PrometheusText.number(value.load()))]
  }
}

/// A value that rises and falls.
final class PrometheusGauge: MeterHandler, RecorderHandler, PrometheusMetric {
  private let value = AtomicDouble()

  func set(_ value: Int64) { self.value.store(Double(value)) }
  func set(_ value: Double) { self.value.store(value) }
  func increment(by amount: Double) { value.add(amount) }
  func decrement(by amount: Double) { value.add(-amount) }
  func record(_ value: Int64) { self.value.store(Double(value)) }
  func record(_ value: Double) { self.value.store(value) }

  func samples(name: String, labels: String) -> [String] {
    [PrometheusText.sample(name, labels, PrometheusText.number(value.load()))]
  }
}

/// Counts of values by bucket, with their sum. As a timer its values are seconds.
final class PrometheusHistogram: TimerHandler, RecorderHandler, PrometheusMetric {
  private let bounds: [Double]
  /// One count a bound, and one for what is above all.
  private let counts: [AtomicCount]
  private let sum = AtomicDouble()

  init(_ bounds: [Double]) {
    self.bounds = bounds
    counts = (0...bounds.count).map { _ in AtomicCount() }
  }

  func recordNanoseconds(_ duration: Int64) { record(Double(duration) / 1e9) }
  func record(_ value: Int64) { record(Double(value)) }

  func record(_ value: Double) {
    guard !value.isNaN else { return }
    let bucket = bounds.firstIndex { value <= $0 } ?? bounds.count
    counts[bucket].value.wrappingAdd(1, ordering: .relaxed)
    sum.add(value)
  }

  func samples(name: String, labels: String) -> [String] {
    let separator = labels.isEmpty ? "" : ","
    var total: Int64 = 0
    var lines: [String] = []
    for (bound, count) in zip(bounds + [.infinity], counts) {
      total += count.value.load(ordering: .relaxed)
      let bucket = "\(labels)\(separator)le=\"\(PrometheusText.number(bound))\""
      lines.append(PrometheusText.sample(name + "_bucket", bucket, "\(total)"))
    }
    lines.append(PrometheusText.sample(name + "_sum", labels, PrometheusText.number(sum.load())))
    lines.append(PrometheusText.sample(name + "_count", labels, "\(total)"))
    return lines
  }
}

/// An atomic that an array can hold.
private final class AtomicCount: Sendable {
  let value = Atomic<Int64>(0)
}

/// A Double that threads add to without a lock.
private final class AtomicDouble: Sendable {
  private let bits = Atomic<UInt64>(0)

  func load() -> Double { Double(bitPattern: bits.load(ordering: .relaxed)) }

  func store(_ value: Double) { bits.store(value.bitPattern, ordering: .relaxed) }

  func add(_ amount: Double) {
    var seen = bits.load(ordering: .relaxed)
    while true {
      let sum = Double(bitPattern: seen) + amount
      let (exchanged, current) = bits.weakCompareExchange(
        expected: seen, desired: sum.bitPattern, ordering: .relaxed)
      if exchanged { return }
      seen = current
    }
  }
}
