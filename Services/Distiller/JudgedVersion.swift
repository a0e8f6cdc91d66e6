import Cascade
import Evaluation
import Foundation
import ModelStore
import ResultStore

/// A version in force, and what became known of its answers.
struct JudgedVersion: Sendable {
  let version: ModelVersion
  /// As it is kept from now on.
  let agreement: LiveAgreement
  let answers: ResultStore.JudgedAnswers
  let judgement: KeptThreshold.Judgement
}

extension JudgedVersion {
  /// The answers since a promise broke.
  struct Breach {
    let answers: Int
    /// The share of them that is right, 0 to 1.
    let agreement: Double
    let start: Date
    let text: String
  }

  var name: String { version.description.version }

  func broken(by count: Int) -> Breach {
    let answers = self.answers.evidence.answers.filter { Shunt.isEasy($0.confidence, threshold: agreement.threshold) }
      .suffix(count)
    let share = 1 - answers.reduce(0) { $0 + $1.error } / Double(max(1, answers.count))
    let start = self.answers.routedAt.suffix(count).first ?? agreement.since
    return Breach(
      answers: answers.count, agreement: share, start: start,
      text: "\(name) breaks its promise of \(agreement.target.percent): of the last \(answers.count) judged answers "
        + "\(share.percent) are right, since \(start.formatted(.iso8601))")
  }

  /// A version that a round promoted and that never kept its promise is worse than the gate thought; one that did keep it
  /// meets another stream than it did, as what it took the place of would. The first specific model stays: what it says
  /// beside the large model's answers shows when it may answer again.
  func isToBeRolledBack(_ begin: ModelEvent) -> Bool {
    !agreement.isRaised && !judgement.wasKept && version.round != nil && begin.kind == .promoted
      && (begin.replaced != nil || version.slot.role.mayBeMissing)
  }

  var raisedNote: String {
    let from =
      agreement.threshold > 1 ? "nothing of \(name) is easy" : "\(name) answers from δ \(agreement.threshold) on"
    return
      "\(from) since \(agreement.since.formatted(.iso8601)), because its promise of \(agreement.target.percent) was "
      + "broken; calibrated was δ \(agreement.calibrated)"
  }
}
