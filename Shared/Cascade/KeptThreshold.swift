import Foundation

/// Keeps the promise of a stage while it runs: from what became known of its newest answers it says whether δ must rise,
/// may fall, or stays. Values in, values out.
///
/// An answer below δ that the calibrated δ0 would have let stand is withheld: the large model is asked instead, so that such
/// answers go on being judged, all of them, while of those that stand only audits are.
public struct KeptThreshold: Sendable, Equatable {
  /// δ0, as calibrated.
  public let calibrated: Float
  /// δ in force, δ0 or above.
  public let threshold: Float
  /// What the stage promises.
  public let promise: Promise
  /// How many answers it takes in the mean, at the least, until δ rises although the promise holds, or falls although it
  /// does not; above 1.
  public let runLength: Double

  /// A stage's δ under its promise.
  public init(calibrated: Float, threshold: Float, promise: Promise, runLength: Double) {
    self.calibrated = calibrated
    self.threshold = threshold
    self.promise = promise
    self.runLength = runLength
  }

  /// What became known since δ is in force.
  public struct Evidence: Sendable, Equatable {
    /// Answers in the order in which their samples were routed: those at or above δ stood, and were drawn to be judged;
    /// those below were withheld.
    public var answers: [JudgedAnswer]
    /// The share of the answers that stood that was drawn, 0 to 1: each withheld one counts for as much less.
    public var givenShare: Double

    /// What became known.
    public init(_ answers: [JudgedAnswer], givenShare: Double = 1) {
      (self.answers, self.givenShare) = (answers, givenShare)
    }
  }

  /// What the evidence comes to.
  public struct Judgement: Sendable, Equatable {
    /// Answers that stood and were judged.
    public let count: Int
    /// What these lack of being right, summed.
    public let errors: Double
    /// With a confidence of 1 − α at least so many are right, 0 to 1, whenever it is looked at; 0 without answers.
    public let lowerBound: Double
    /// Whether the promise was shown to hold before what may have changed did: else it never was since δ is in force.
    public let wasKept: Bool
    /// What becomes of δ.
    public let move: Move
  }

  /// What becomes of δ.
  public enum Move: Sendable, Equatable {
    /// It stays.
    case stay
    /// The promise is broken; so much is still shown, or nothing is easy any more (`ThresholdCurve.nothingIsEasy`).
    /// `answers`: so many were seen since it probably broke.
    case raise(to: Float, answers: Int)
    /// The promise is shown to hold with a lower δ, δ0 or above.
    case lower(to: Float)
  }

  /// The values that δ may take, from δ0 up, beside "nothing is easy": each halves the doubt that the one before allows.
  /// They are fixed beforehand and share α, so that each may be looked at however often.
  public var candidates: [Float] {
    [calibrated] + (1..<Self.candidateCount).map { 1 - (1 - calibrated) * exp2(-Float($0)) }
  }
  private static let candidateCount = 8

  /// Judges the evidence.
  public func judge(_ evidence: Evidence) -> Judgement {
    let given = evidence.answers.filter { Shunt.isEasy($0.confidence, threshold: threshold) }
    var detector = RateDetector(.above, promise.error, runLength: runLength)
    let alarm = given.firstIndex { detector.sees(error: $0.error) }
    let change = alarm.map { $0 + 1 - detector.answersSinceChange }
    let errors = Self.errors(given)
    let before = given.prefix(change ?? given.count)
    return Judgement(
      count: given.count, errors: errors,
      lowerBound: 1 - BettingBound.upper(errors: errors, count: given.count, alpha: promise.alpha),
      wasKept: BettingBound.shows(
        errors: Self.errors(before), count: before.count, atMost: promise.error, alpha: promise.alpha),
      move: change.map { raising(given.dropFirst($0)) } ?? lowering(evidence))
  }

  /// What the answers since the change still show.
  private func raising(_ answers: ArraySlice<JudgedAnswer>) -> Move {
    let alpha = promise.alpha / Double(Self.candidateCount)
    let shown = candidates.first { candidate in
      let kept = answers.filter { Shunt.isEasy($0.confidence, threshold: candidate) }
      return candidate > threshold
        && BettingBound.shows(errors: Self.errors(kept), count: kept.count, atMost: promise.error, alpha: alpha)
    }
    return .raise(to: shown ?? ThresholdCurve.nothingIsEasy, answers: answers.count)
  }

  /// The lowest δ from which on fewer errors than promised are detected, from some answer on. Of answers that stood a share
  /// is drawn, of those that were withheld all are there: a bet on one of these is as much smaller, so that both tell of
  /// the stream as it is.
  private func lowering(_ evidence: Evidence) -> Move {
    let shown = candidates.first { candidate in
      guard candidate < threshold else { return false }
      var detector = RateDetector(
        .below, promise.error, runLength: runLength * Double(Self.candidateCount))
      return evidence.answers.contains { answer in
        guard Shunt.isEasy(answer.confidence, threshold: candidate) else { return false }
        let stood = Shunt.isEasy(answer.confidence, threshold: threshold)
        return detector.sees(error: answer.error, weight: stood ? 1 : evidence.givenShare)
      }
    }
    return shown.map(Move.lower) ?? .stay
  }

  private static func errors(_ answers: some Sequence<JudgedAnswer>) -> Double { answers.reduce(0) { $0 + $1.error } }
}
