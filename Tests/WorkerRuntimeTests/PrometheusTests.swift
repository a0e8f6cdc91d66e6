import CoreMetrics
import Testing

@testable import WorkerRuntime

@Suite struct PrometheusTests {
  @Test func everyKindInTheTextFormat() {
    let registry = PrometheusRegistry()
    registry.describe("router.samples", "Samples taken\nfrom C:\\topic")
    registry.describe("router.batch.duration", "Seconds a batch", buckets: [0.01, 0.1])
    registry.describe("router.batch.size", "Samples a batch", buckets: [1, 10])
    registry.makeCounter(label: "router.samples", dimensions: [("task", "b"), ("answered_by", "large")]).increment(
      by: 2)
    registry.makeCounter(label: "router.samples", dimensions: [("task", "a \"q\" \\ \n")]).increment(by: 3)
    registry.makeFloatingPointCounter(label: "cost", dimensions: []).increment(by: 0.25)
    registry.makeMeter(label: "lag", dimensions: []).set(5 as Int64)
    registry.makeRecorder(label: "threshold", dimensions: [], aggregate: false).record(0.875)
    let size = registry.makeRecorder(label: "router.batch.size", dimensions: [], aggregate: true)
    for value in [1, 2, 11] as [Int64] { size.record(value) }
    let timer = registry.makeTimer(label: "router.batch.duration", dimensions: [("task", "t")])
    for nanoseconds in [5_000_000, 10_000_000, 50_000_000, 187_500_000] as [Int64] {
      timer.recordNanoseconds(nanoseconds)
    }
    #expect(
      registry.render() == """
        # TYPE cost_total counter
        cost_total 0.25
        # TYPE lag gauge
        lag 5
        # HELP router_batch_duration_seconds Seconds a batch
        # TYPE router_batch_duration_seconds histogram
        router_batch_duration_seconds_bucket{task="t",le="0.01"} 2
        router_batch_duration_seconds_bucket{task="t",le="0.1"} 3
        router_batch_duration_seconds_bucket{task="t",le="+Inf"} 4
        router_batch_duration_seconds_sum{task="t"} 0.2525
        router_batch_duration_seconds_count{task="t"} 4
        # HELP router_batch_size Samples a batch
        # TYPE router_batch_size histogram
        router_batch_size_bucket{le="1"} 1
        router_batch_size_bucket{le="10"} 2
        router_batch_size_bucket{le="+Inf"} 3
        router_batch_size_sum 14
        router_batch_size_count 3
        # HELP router_samples_total Samples taken\\nfrom C:\\\\topic
        # TYPE router_samples_total counter
        router_samples_total{answered_by="large",task="b"} 2
        router_samples_total{task="a \\"q\\" \\\\ \\n"} 3
        # TYPE threshold gauge
        threshold 0.875

        """)
  }

  @Test(arguments: [
    ("router.batch-size", "router_batch_size"), ("9lives", "_9lives"), ("a:b", "a:b"), ("größe", "gr__e"), ("", "_"),
  ])
  func names(label: String, name: String) { #expect(PrometheusText.name(label) == name) }

  @Test(arguments: [(Double.nan, "NaN"), (.infinity, "+Inf"), (-.infinity, "-Inf"), (2, "2"), (1e300, "1e+300")])
  func numbers(value: Double, text: String) { #expect(PrometheusText.number(value) == text) }

  @Test func sameNameAndLabelsAreOneSeriesInAnyOrder() {
    let registry = PrometheusRegistry()
    registry.makeCounter(label: "n", dimensions: [("a", "1"), ("b", "2")]).increment(by: 1)
    registry.makeCounter(label: "n", dimensions: [("b", "2"), ("a", "1")]).increment(by: 1)
    #expect(registry.render() == "# TYPE n_total counter\nn_total{a=\"1\",b=\"2\"} 2\n")
  }

  /// A quote, a backslash, a line feed is escaped by its byte, whatever stands behind it.
  @Test(arguments: [
    ("a\"\u{301}b", "a\\\"\u{301}b"), ("\\\u{308}", "\\\\\u{308}"), ("a\r\nb", "a\r\\nb"),
    ("\"\u{200D}", "\\\"\u{200D}"),
  ])
  func labelsAreEscapedByBytes(value: String, escaped: String) {
    #expect(Array(PrometheusText.escapedLabel(value).utf8) == Array(escaped.utf8))
  }

  @Test func aCounterNeverFalls() {
    let registry = PrometheusRegistry()
    let whole = registry.makeCounter(label: "whole", dimensions: [])
    whole.increment(by: 4)
    whole.increment(by: -3)
    let broken = registry.makeFloatingPointCounter(label: "broken", dimensions: [])
    broken.increment(by: 1.5)
    broken.increment(by: -.infinity)
    broken.increment(by: .nan)
    #expect(registry.render().contains("whole_total 4\n"))
    #expect(registry.render().contains("broken_total 1.5\n"))
  }

  @Test func aNameOfAnotherKindStopsNothing() {
    let registry = PrometheusRegistry()
    registry.makeMeter(label: "x", dimensions: []).set(1 as Int64)
    registry.makeRecorder(label: "x", dimensions: [("a", "b")], aggregate: true).record(2 as Int64)
    #expect(registry.render() == "# TYPE x gauge\nx 1\n")
  }

  /// Beside a combining mark or a carriage return a sign is another character, and must be escaped nevertheless.
  @Test(arguments: [
    ("a\"\u{301}", "a\\\"\u{301}"), ("\\\u{301}", "\\\\\u{301}"), ("a\r\nb", "a\r\\nb"),
    ("\n\u{200D}\"", "\\n\u{200D}\\\""),
  ])
  func labelsAreEscapedWhateverStandsBesideASign(text: String, escaped: String) {
    #expect(Array(PrometheusText.escapedLabel(text).utf8) == Array(escaped.utf8))
  }

  @Test func destroyedMetricsAreGone() {
    let registry = PrometheusRegistry()
    let counter = registry.makeCounter(label: "n", dimensions: [])
    registry.destroyCounter(counter)
    #expect(registry.render() == "")
  }

  @Test func noIncrementIsLostAmongThreads() async {
    let registry = PrometheusRegistry()
    let counter = registry.makeCounter(label: "n", dimensions: [])
    let meter = registry.makeMeter(label: "sum", dimensions: [])
    let timer = registry.makeTimer(label: "t", dimensions: [])
    await withTaskGroup(of: Void.self) { group in
      for _ in 0..<8 {
        group.addTask {
          for _ in 0..<1000 {
            counter.increment(by: 1)
            meter.increment(by: 0.5)
            timer.recordNanoseconds(1)
          }
        }
      }
    }
    let text = registry.render()
    #expect(text.contains("n_total 8000\n"))
    #expect(text.contains("sum 4000\n"))
    #expect(text.contains("t_seconds_count 8000\n"))
  }

  @Test func processUsageCountsBehindTheName() throws {
    let stat = "7 (a b) c) S 1 2 3 4 5 6 7 8 9 10 150 50 0 0 20 0 9 0 12000 999 512 0"
    let usage = try #require(
      ProcessUsage(stat: stat, machine: "cpu 1\nbtime 1700000000\n", ticksPerSecond: 100, pageSize: 4096))
    #expect(usage.processorSeconds == 2)
    #expect(usage.residentBytes == 512 * 4096)
    #expect(usage.startSeconds == 1_700_000_120)
    #expect(ProcessUsage(stat: "7 (a) S 1", machine: "btime 1", ticksPerSecond: 100, pageSize: 4096) == nil)
  }
}
