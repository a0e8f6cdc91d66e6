import Distiller
import Foundation
import Testing

@Suite struct RoundPolicyTests {
  private static let policy = {
    var policy = RoundPolicy()
    policy.interval = .seconds(3600)
    policy.newAnswers = 2000
    return policy
  }()

  /// Minutes since the last round, new answers, requested, drift → why a round starts.
  @Test(
    arguments: [
      (0, 0, true, nil, RoundReason.requested), (0, 0, false, nil, nil),
      (2, 1999, false, nil, nil), (2, 2000, false, nil, .newAnswers(2000)),
      (0, 5000, false, nil, nil), (1, 5000, false, nil, .newAnswers(5000)),
      (59, 500, false, nil, nil), (60, 500, false, nil, .schedule), (60, 99, false, nil, nil),
      (5, 500, false, "label mix", .drift("label mix")), (0, 500, false, "label mix", nil),
      (5, 99, false, "label mix", nil), (90, 5000, false, "label mix", .drift("label mix")),
      (90, 5000, true, "label mix", .requested), (90, 5000, false, nil, .newAnswers(5000)),
    ] as [(Int, Int, Bool, String?, RoundReason?)])
  func startsFor(minutes: Int, answers: Int, isRequested: Bool, drift: String?, reason: RoundReason?) {
    let start = Date(timeIntervalSince1970: 1_000)
    let state = RoundPolicy.State(lastRound: start, newAnswers: answers, isRequested: isRequested, drift: drift)
    let now = start.addingTimeInterval(Double(minutes) * 60)
    #expect(Self.policy.reason(state, now: now) == reason)
  }

  @Test func withoutScheduleAndNumberOnlyRequestsAndDriftStart() {
    var state = RoundPolicy.State(lastRound: Date(timeIntervalSince1970: 0), newAnswers: 1_000_000)
    let now = Date(timeIntervalSince1970: 1_000_000_000)
    #expect(RoundPolicy().reason(state, now: now) == nil)
    state.drift = "agreement"
    #expect(RoundPolicy().reason(state, now: now) == .drift("agreement"))
    var deaf = RoundPolicy()
    deaf.onDrift = .nothing
    #expect(deaf.reason(state, now: now) == nil)
  }
}
