import Cascade
import Evaluation
import Foundation
import Logging
import ModelStore
import ResultStore
import Testing

@testable import Distiller

/// Easy answers, their audits, and what the large model says of withheld ones, as they stand in the database.
@Suite struct PromiseWatchTests {
  /// What a batch of samples of one moment comes to.
  private struct Batch {
    /// Audits that agree, and those that do not.
    var agreeing = 0
    var disagreeing = 0
    /// Audits that were drawn and are not there yet.
    var missing = 0
    /// Samples that S1 would answer, and the large model did, agreeing and not.
    var withheldAgreeing = 0
    var withheldDisagreeing = 0
  }

  /// A task with one small model in force, whose stream is written by batches, a second apart.
  private final class Stream {
    let bench: Bench
    var task: TaskDistillation
    var version = "specific-1"
    var role = AnsweredBy.specific
    private(set) var end = Date(timeIntervalSince1970: (Date().timeIntervalSince1970 - 3600).rounded())
    private var written = 0

    init(_ bench: Bench) {
      self.bench = bench
      task = bench.task
      task.round.threshold = .parity(target: 0.95, confidence: 0.95)
    }

    /// The small model's δ in force, as the store has it; `nil` for none.
    func threshold() async throws -> Float? {
      let serving = try await bench.models.serving()
      guard let model = serving.smallModels(of: "toy").last else { return nil }
      return serving.thresholds[model.id] ?? model.description.thresholds["shunt"].map { Float($0) }
    }

    /// Each sample's confidence is 0.97.
    func write(_ batch: Batch) async throws {
      end += 1
      var (rows, easyCount) = ([ResultRow](), 0)
      let threshold = try await threshold()
      func stands(audit: String?) {
        let id = "\(role) \(written)"
        (written, easyCount) = (written + 1, easyCount + 1)
        rows.append(
          ResultRow(
            task: "toy", id: id, reply: .label("label 0"), confidence: 0.97, answeredBy: role, modelVersion: version,
            threshold: threshold, routedAt: end, answeredAt: end))
        guard let audit else { return }
        rows.append(
          ResultRow(
            task: "toy", id: id, reply: .label(audit), confidence: nil, answeredBy: .large, modelVersion: "large",
            isAudit: true, specific: SpecificAnswer(label: "label 0", confidence: 0.97), routedAt: end,
            answeredAt: end))
      }
      func withheld(_ label: String) {
        rows.append(
          ResultRow(
            task: "toy", id: "withheld \(written)", reply: .label(label), confidence: 0.9, answeredBy: .large,
            modelVersion: "large", threshold: 1, specific: SpecificAnswer(label: "label 0", confidence: 0.97),
            routedAt: end, answeredAt: end))
        written += 1
      }
      for _ in 0..<batch.agreeing { stands(audit: "label 0") }
      for _ in 0..<batch.disagreeing { stands(audit: "label 1") }
      for _ in 0..<batch.missing { stands(audit: nil) }
      for _ in 0..<batch.withheldAgreeing { withheld("label 0") }
      for _ in 0..<batch.withheldDisagreeing { withheld("label 1") }
      _ = try await bench.results.write(rows)
      let withheldCount = batch.withheldAgreeing + batch.withheldDisagreeing
      try await bench.models.add([
        RoutingProbe(
          task: "toy", routedAt: end, samples: easyCount + withheldCount,
          audits: batch.agreeing + batch.disagreeing + batch.missing)
      ])
    }

    /// Looks at all of it.
    func look() async throws -> [String] {
      let windows = AnsweredWindows(task: task, models: bench.models, results: bench.results)
      let window = try #require(try await windows.newest(after: .distantPast).window)
      let watch = PromiseWatch(
        task: task, models: bench.models, results: bench.results, who: "distiller", logger: Logger(label: "test"))
      return try await watch.check(window)
    }

    func alarms() async throws -> [DriftAlarm] { try await bench.models.alarms(task: "toy") }

    /// A change of δ holds for samples that are routed later, and these are of the past.
    func goOnAfterChange() async throws {
      let connection = try bench.connection()
      try await connection.execute("UPDATE live_agreement SET since = $1", [.timestamp(end)])
      await connection.close()
    }
  }

  private func withStream(_ body: (Stream) async throws -> Void) async throws {
    try await Bench.with { bench in
      let connection = try bench.connection()
      try await connection.execute("UPDATE model_events SET at = now() - interval '1 day'")
      await connection.close()
      try await body(Stream(bench))
    }
  }

  @Test func aPromiseThatIsKeptIsARowAndNothingElse() async throws {
    try await withStream { stream in
      for _ in 0..<6 { try await stream.write(Batch(agreeing: 98, disagreeing: 2)) }
      #expect(try await stream.look() == [])
      let calibrated = try #require(try await stream.threshold())
      let connection = try stream.bench.connection()
      let row = try await connection.query("SELECT * FROM live_promises").one()
      let (answers, bound): (Int, Double) = (try row["answers"], try row["lower_bound"])
      #expect(answers == 600 && (0.95..<0.98).contains(bound))
      #expect(try row["agreement"] == 0.98 && row["is_shown"] == true && row["is_raised"] == false)
      #expect(try row["threshold"] == Double(calibrated) && row["role"] == "specific")
      await connection.close()
      #expect(try await stream.alarms().isEmpty)
    }
  }

  /// Of the newest samples all that disagree are audited, and those that agree wait: by what is recorded the promise is
  /// broken, by what was routed nothing is known yet.
  @Test func aLargeModelThatIsSlowBreaksNoPromise() async throws {
    try await withStream { stream in
      for _ in 0..<6 { try await stream.write(Batch(agreeing: 98, disagreeing: 2)) }
      _ = try await stream.look()
      try await stream.write(Batch(disagreeing: 60, missing: 1140))
      #expect(try await stream.look() == [])
      #expect(try await stream.alarms().isEmpty)
      let agreement = try await stream.bench.models.liveAgreement(task: "toy").values.first
      #expect(agreement?.answers == 600)
    }
  }

  @Test func aBrokenOneAsksForEverythingAndComesDownAgain() async throws {
    try await withStream { stream in
      let calibrated = try #require(try await stream.threshold())
      for _ in 0..<6 { try await stream.write(Batch(agreeing: 98, disagreeing: 2)) }
      #expect(try await stream.look() == [])
      for _ in 0..<6 { try await stream.write(Batch(agreeing: 75, disagreeing: 25)) }
      let notes = try await stream.look()
      #expect(notes.count == 1 && notes[0].contains("specific-1") && notes[0].contains("asked about everything"))
      #expect(try await stream.threshold() == ThresholdCurve.nothingIsEasy)
      let alarm = try #require(try await stream.alarms().first)
      #expect(alarm.kind == "promise" && abs(alarm.threshold - 0.95) < 1e-9 && abs(alarm.statistic - 0.75) < 0.05)

      // What is withheld still disagrees: nothing changes, and no second alarm comes.
      try await stream.goOnAfterChange()
      for _ in 0..<6 { try await stream.write(Batch(withheldAgreeing: 75, withheldDisagreeing: 25)) }
      #expect(try await stream.look().first?.contains("nothing of specific-1 is easy") == true)
      #expect(try await stream.alarms().count == 1)

      // It agrees again, from some moment on.
      try await stream.goOnAfterChange()
      for _ in 0..<6 { try await stream.write(Batch(withheldAgreeing: 100)) }
      #expect(try await stream.look() == [])
      #expect(try await stream.threshold() == calibrated)
      let connection = try stream.bench.connection()
      let changes = try await connection.query("SELECT to_threshold, why FROM threshold_changes ORDER BY id")
      #expect(
        try changes.map { try $0["to_threshold"] as Double }
          == [Double(ThresholdCurve.nothingIsEasy), Double(calibrated)])
      await connection.close()
    }
  }

  @Test func withoutAdjustingThereIsOnlyAnAlarm() async throws {
    try await withStream { stream in
      stream.task.promise.adjusts = false
      let calibrated = try #require(try await stream.threshold())
      for _ in 0..<6 { try await stream.write(Batch(agreeing: 80, disagreeing: 20)) }
      for _ in 0..<2 { #expect(try await stream.look().first?.contains("breaks its promise") == true) }
      #expect(try await stream.threshold() == calibrated)
      #expect(try await stream.alarms().map(\.kind) == ["promise"])
    }
  }

  /// A round has promoted it, and it never did what the gate thought.
  @Test func aVersionThatNeverKeptItIsRolledBack() async throws {
    try await withStream { stream in
      let models = stream.bench.models
      let permit = try #require(try await models.roundPermit(task: "toy"))
      let round = try await models.beginRound(permit)
      let learnable = try await models.register(
        ModelDescription(task: "toy", role: .learnable, version: "learnable-1", thresholds: ["shunt": 0.6]),
        artifact: [1, 2, 3], who: "distiller", round: round.id)
      try await models.promote(
        learnable.id, who: "distiller", why: "better",
        finishing: RoundEnd(
          round: round.id, to: AnswerCursor(), outcome: .promoted, candidate: learnable.id, reasons: "better",
          findings: [RoundFinding(kind: "more_accurate", text: "better")]))
      await permit.release()
      let connection = try stream.bench.connection()
      try await connection.execute("UPDATE model_events SET at = now() - interval '1 day'")
      (stream.role, stream.version) = (.learnable, "learnable-1")
      for _ in 0..<6 { try await stream.write(Batch(agreeing: 80, disagreeing: 20)) }
      #expect(try await stream.look() == [])
      #expect(try await models.serving().smallModels(of: "toy").map(\.slot.role) == [.specific])
      #expect(try await models.version(learnable.id).state == .retired)
      let event = try #require(try await models.history(of: learnable.id).last)
      #expect(event.kind == .rolledBack && event.why.contains("worse than the gate thought"))
      #expect(try await models.findings(ofRound: round.id).map(\.kind) == ["more_accurate", "rolled_back"])
      #expect(try await stream.alarms().map(\.kind) == ["promise"])

      // Put in force again by hand, it stays: what broke before is told of another time in force.
      try await models.promote(learnable.id, who: "anna", why: "once more")
      #expect(try await models.liveAgreement(task: "toy")[learnable.id] == nil)
      await connection.close()
    }
  }

  @Test func otherRulesPromiseNothing() async throws {
    try await withStream { stream in
      stream.task.round.threshold = .bestAccuracy
      for _ in 0..<6 { try await stream.write(Batch(disagreeing: 100)) }
      #expect(try await stream.look() == [])
      #expect(try await stream.bench.models.liveAgreement(task: "toy").isEmpty)
    }
  }
}
