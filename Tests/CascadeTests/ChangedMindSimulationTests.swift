import Cascade
import Testing

/// A large model that changes its mind about two of some classes: how many audits the alarm takes, and what parity the
/// answers have afterwards. docs/guarantee.md has the figures of ten longer streams of each kind.
@Suite struct ChangedMindSimulationTests {
  private static let promise = Promise(.parity, error: 0.05, alpha: 0.05)
  private static let auditShare = 0.1
  /// Samples before the change, and after it.
  private static let (before, after) = (8_000, 6_000)
  private static let samplesPerLook = 1000

  private struct Run {
    /// Audits of samples after the change until δ rose; `nil` where it never did.
    var audits: Int?
    /// Whether δ rose before there was a reason.
    var isFalse = false
    /// Answers of the small model after δ rose, and how many were what the large model says.
    var (answered, agreeing) = (0, 0)
  }

  /// The small model is wrong on 2 % of what it finds easy, and from the change on about two classes.
  private static func run(classes: Int, seed: UInt64) -> Run {
    var (generator, run) = (SplitMix64(seed: seed), Run())
    var (threshold, evidence, lateAudits) = (Float(0.6), [JudgedAnswer](), 0)
    for number in 0..<before + after {
      let confidence = Float.random(in: 0.6..<1, using: &generator)
      let isWrong =
        Double.random(in: 0..<1, using: &generator) < 0.02
        || number >= before && Int.random(in: 0..<classes, using: &generator) < 2
      let isEasy = Shunt.isEasy(confidence, threshold: threshold)
      if isEasy, run.audits != nil {
        (run.answered, run.agreeing) = (run.answered + 1, run.agreeing + (isWrong ? 0 : 1))
      }
      if !isEasy || Double.random(in: 0..<1, using: &generator) < auditShare {
        evidence.append(JudgedAnswer(confidence: confidence, error: isWrong ? 1 : 0))
        lateAudits += isEasy && number >= before ? 1 : 0
      }
      guard number % samplesPerLook == samplesPerLook - 1 else { continue }
      let kept = KeptThreshold(calibrated: 0.6, threshold: threshold, promise: promise, runLength: 10_000)
      switch kept.judge(KeptThreshold.Evidence(evidence, givenShare: threshold > 1 ? 1 : auditShare)).move {
      case .stay: break
      case .raise(let higher, _):
        if number < before { run.isFalse = true } else { run.audits = run.audits ?? lateAudits }
        (threshold, evidence) = (higher, [])
      case .lower(let lower): (threshold, evidence) = (lower, [])
      }
    }
    return run
  }

  @Test(arguments: [4, 8, 16]) func theAlarmComesWithin500AuditsAndTheRestIsAsPromised(classes: Int) {
    let runs = (0..<3).map { Self.run(classes: classes, seed: UInt64(classes * 100 + $0)) }
    let (answered, agreeing) = (runs.reduce(0) { $0 + $1.answered }, runs.reduce(0) { $0 + $1.agreeing })
    #expect(runs.allSatisfy { ($0.audits ?? .max) <= 500 && !$0.isFalse }, "\(runs)")
    #expect(Double(agreeing) >= 0.95 * Double(answered))
  }
}
