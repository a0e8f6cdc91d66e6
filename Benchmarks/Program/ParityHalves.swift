import Cascade

/// Samples drawn in two halves: one to choose δ on, one to test it on.
struct ParityHalves {
  /// What a δ gives on the half to test on.
  struct Outcome {
    /// The part of the samples that is easy, 0 to 1.
    let easyShare: Double
    /// How many of these are what the large model says, 0 to 1; `nil` where none is easy.
    let agreement: Double?
  }

  private let known: [HeldOutOutcome]
  private let fresh: [HeldOutOutcome]

  init(_ samples: [HeldOutOutcome], seed: UInt64) {
    var generator = SplitMix64(seed: seed)
    let drawn = samples.shuffled(using: &generator)
    known = Array(drawn[..<(drawn.count / 2)])
    fresh = Array(drawn[(drawn.count / 2)...])
  }

  /// δ by the rule; above 1 where nothing is shown.
  func bet(_ target: Float, confidence: Float) -> Float {
    do throws(ThresholdError) {
      return try ThresholdRule.parity(target: target, confidence: confidence).choose(from: ThresholdCurve(known))
        .threshold
    } catch { return ThresholdCurve.nothingIsEasy }
  }

  /// δ by the rival: the lowest that passes the exact bound (Clopper–Pearson) on one half of the known samples, if it
  /// passes on the other half, too; else above 1.
  func split(_ target: Float, confidence: Float) -> Float {
    func passes(_ disagreements: Double, _ count: Int) -> Bool {
      let most = 1 - Double(target)
      // The bound is above what was counted, and costs far more than to see that this is too much already.
      guard disagreements <= most * Double(count) else { return false }
      return BinomialBound.upper(successes: Int(disagreements), trials: count, alpha: 1 - Double(confidence)) <= most
    }
    let half = known.count / 2
    let chosen = ThresholdCurve(Array(known[..<half])).points.last { passes($0.easyDisagreements ?? 0, $0.easyCount) }
    guard let threshold = chosen?.threshold else { return ThresholdCurve.nothingIsEasy }
    let easy = known[half...].filter { Shunt.isEasy($0.confidence, threshold: threshold) }
    return passes(easy.reduce(0) { $0 + 1 - Double($1.agreement) }, easy.count)
      ? threshold : ThresholdCurve.nothingIsEasy
  }

  func outcome(_ threshold: Float) -> Outcome {
    let easy = fresh.filter { Shunt.isEasy($0.confidence, threshold: threshold) }
    let agreeing = easy.reduce(0) { $0 + Double($1.agreement) }
    return Outcome(
      easyShare: Double(easy.count) / Double(fresh.count),
      agreement: easy.isEmpty ? nil : agreeing / Double(easy.count))
  }
}
