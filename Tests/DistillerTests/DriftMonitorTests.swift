import Content
import Evaluation
import Cascade
import Classification
import Foundation
import ImageFetch
import Logging
import ModelStore
import Postgres
import ResultStore
import SmallModel
import Testing

@testable import Distiller

/// A stream as routers and recorder leave it in the database: easy samples answered at once, hard ones when the large
/// model comes to them.
@Suite struct DriftMonitorTests {
  /// How far the large model is behind the routers.
  enum LargeModel: String, CaseIterable, Sendable {
    /// All are answered.
    case prompt
    /// Hard samples of the last five minutes wait.
    case slow
    /// The same, and of the partitions it has taken one after the other the last has not begun.
    case slowByPartition
    /// It has answered nothing for the last nine minutes.
    case held
    /// It has never answered.
    case absent

    /// Whether a hard sample that was routed so long ago is answered.
    func hasAnswered(_ index: Int, secondsAgo: Double) -> Bool {
      switch self {
      case .prompt: true
      case .slow: secondsAgo > 300
      case .slowByPartition: secondsAgo > 300 && index % 4 != 3
      case .held: secondsAgo > 540
      case .absent: false
      }
    }
  }

  private static let batch = 100
  private static let batches = 40
  /// Seconds between two batches.
  private static let pace = 15.0

  /// So that the stream of the tests is all S1's.
  private func promoteLongAgo(_ bench: Bench) async throws {
    try await bench.connection().execute("UPDATE model_events SET at = now() - interval '1 day'")
  }

  private func write(_ texts: [String], _ large: LargeModel, _ bench: Bench) async throws {
    let version = try #require(try await bench.models.inForce(task: "toy").first)
    let specific = try await bench.registry().stage(of: version)
    let logits = try specific.logits(texts.map { .text($0) })
    let now = (Date().timeIntervalSince1970 * 1000).rounded() / 1000
    var (rows, probes) = ([ResultRow](), [RoutingProbe]())
    for number in 0..<(texts.count / Self.batch) {
      let secondsAgo = Double(texts.count / Self.batch - number) * Self.pace
      let routedAt = Date(timeIntervalSince1970: now - secondsAgo)
      probes.append(RoutingProbe(task: "toy", routedAt: routedAt, samples: Self.batch))
      for index in number * Self.batch..<(number + 1) * Self.batch {
        let confidence = logits.top(index, temperature: specific.temperature)
        let isEasy = Shunt.isEasy(confidence.probability, threshold: specific.stage.threshold)
        guard isEasy || large.hasAnswered(index, secondsAgo: secondsAgo) else { continue }
        let label = ToyTask.labels[confidence.label]
        rows.append(
          ResultRow(
            task: "toy", id: "routed \(index)", reply: .label(label), confidence: isEasy ? confidence.probability : 0.9,
            answeredBy: isEasy ? .specific : .large, modelVersion: "m",
            specific: SpecificAnswer(label: label, confidence: confidence.probability), routedAt: routedAt,
            answeredAt: Date()))
      }
    }
    // Easy ones first, as they come.
    _ = try await bench.results.write(rows.filter { $0.answeredBy == .specific })
    _ = try await bench.results.write(rows.filter { $0.answeredBy == .large })
    try await bench.models.add(probes)
  }

  private func task(_ bench: Bench) -> TaskDistillation {
    var task = bench.task
    task.driftWindow = 1000
    return task
  }

  private func monitor(_ bench: Bench) throws -> DriftMonitor {
    let task = task(bench)
    return DriftMonitor(
      task, registry: try bench.registry(), results: bench.results,
      heldOut: try HeldOutFile.rows(of: URL(filePath: #require(task.heldOut))),
      images: StreamImages(fetcher: ImageFetcher(ImageSettings())), logger: Logger(label: "test"))
  }

  private func check(_ bench: Bench) async throws -> (alarm: String?, waitsFor: String?) {
    let version = try #require(try await bench.models.inForce(task: "toy").first)
    let monitor = try monitor(bench)
    let windows = AnsweredWindows(task: task(bench), models: bench.models, results: bench.results)
    let look = try await windows.newest(after: try await monitor.inForceSince(version))
    if let window = look.window { try await monitor.check(version, window) }
    return (try await bench.models.alarms(task: "toy").first?.message, look.waitsFor)
  }

  @Test(arguments: LargeModel.allCases) func aStreamThatDoesNotDriftRaisesNoAlarm(large: LargeModel) async throws {
    try await Bench.with { bench in
      try await promoteLongAgo(bench)
      var toy = ToyTask(seed: 11)
      try await write(toy.texts(Self.batch * Self.batches).map(\.words), large, bench)
      let look = try await check(bench)
      #expect(look.alarm == nil)
      #expect((look.waitsFor == nil) == (large == .prompt), "\(look.waitsFor ?? "")")
      #expect(look.waitsFor?.contains("large model") ?? true)
    }
  }

  /// Words that S1 has never seen.
  @Test(arguments: [LargeModel.prompt, .slow, .held]) func oneThatDriftsDoes(large: LargeModel) async throws {
    try await Bench.with { bench in
      try await promoteLongAgo(bench)
      var toy = ToyTask(seed: 11)
      let texts = toy.texts(Self.batch * Self.batches).map { $0.words.replacing("own", with: "strange") }
      try await write(texts, large, bench)
      let look = try await check(bench)
      // Of a model that is held for nine of ten minutes too few answers are left to judge by.
      #expect((look.alarm == nil) == (large == .held))
      let alarms = try await bench.models.alarms(task: "toy")
      #expect(alarms.allSatisfy { 500...1100 ~= $0.samples && $0.windowStart < $0.windowEnd })
      // The same window is not raised twice.
      _ = try await check(bench)
      #expect(try await bench.models.alarms(task: "toy") == alarms)
    }
  }

  /// Confidences of another S1 are no drift of this one's.
  @Test func whatWasRoutedBeforeS1WasInForceSaysNothing() async throws {
    try await Bench.with { bench in
      var toy = ToyTask(seed: 11)
      let texts = toy.texts(Self.batch * Self.batches).map { $0.words.replacing("own", with: "strange") }
      try await write(texts, .prompt, bench)
      let look = try await check(bench)
      #expect(look.alarm == nil && look.waitsFor == nil)
    }
  }

  @Test func withoutAnyProbeThereIsNoWindow() async throws {
    try await Bench.with { bench in
      let look = try await check(bench)
      #expect(look.alarm == nil && look.waitsFor == nil)
    }
  }

  @Test func probesAreCountedFromTheNewestAndForgottenInTheEnd() async throws {
    try await Bench.with { bench in
      let now = Date(timeIntervalSince1970: Date().timeIntervalSince1970.rounded())
      func probe(_ age: Double, _ samples: Int) -> RoutingProbe {
        RoutingProbe(task: "toy", routedAt: now.addingTimeInterval(-age), samples: samples)
      }
      let old = Double(ModelStore.probeDays + 1) * 86_400
      try await bench.models.add([probe(1, 10), probe(2, 10), probe(3, 10), probe(old, 10)])
      // Two routers in the same millisecond.
      try await bench.models.add([probe(2, 5)])
      func probes(_ samples: Int, until age: Double = 0) async throws -> [RoutingProbe] {
        try await bench.models.probes(
          task: "toy", after: .distantPast, until: now.addingTimeInterval(-age), samples: samples)
      }
      #expect(try await probes(1000) == [probe(1, 10), probe(2, 15), probe(3, 10)])
      #expect(try await probes(20) == [probe(1, 10), probe(2, 15)])
      #expect(try await probes(25) == [probe(1, 10), probe(2, 15)])
      #expect(try await probes(1000, until: 2) == [probe(2, 15), probe(3, 10)])
    }
  }
}
