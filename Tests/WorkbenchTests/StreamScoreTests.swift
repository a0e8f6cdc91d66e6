import Cascade
import Content
import ResultStore
import Testing

@testable import Workbench

/// Answers held against labels, by hand.
@Suite struct StreamScoreTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let rows: [(label: String?, answer: GivenAnswer?)]
    let queryShare: Double
    let accuracy: Double
    let largeAccuracy: Double?
    let agreement: Double?
  }

  private static func easy(_ label: String, _ said: String, large: String? = nil) -> (String?, GivenAnswer?) {
    (label, GivenAnswer(reply: .label(said), answeredBy: .specific, large: large.map(Reply.label)))
  }

  private static func hard(_ label: String, _ said: String) -> (String?, GivenAnswer?) {
    (label, GivenAnswer(reply: .label(said), answeredBy: .large, large: .label(said)))
  }

  static let cases = [
    Case(
      testDescription: "nothing", rows: [], queryShare: 0, accuracy: 0, largeAccuracy: nil, agreement: nil),
    Case(
      testDescription: "no small model", rows: [hard("a", "a"), hard("a", "b")], queryShare: 1, accuracy: 0.5,
      largeAccuracy: 0.5, agreement: nil),
    Case(
      testDescription: "no audits", rows: [easy("a", "a"), hard("a", "b")], queryShare: 0.5, accuracy: 0.5,
      largeAccuracy: nil, agreement: nil),
    // Of the audited easy ones the large model has half right, so it would have two of the four; and one of the hard two.
    Case(
      testDescription: "some are audited",
      rows: [
        easy("a", "a", large: "a"), easy("a", "a", large: "b"), easy("a", "a"), easy("a", "b"), hard("a", "a"),
        hard("a", "b"),
      ], queryShare: 1.0 / 3, accuracy: 4.0 / 6, largeAccuracy: 0.5, agreement: 0.5),
    Case(
      testDescription: "one has no answer", rows: [("a", nil), hard("a", "a")], queryShare: 0.5, accuracy: 0.5,
      largeAccuracy: nil, agreement: nil),
    Case(
      testDescription: "a label that nobody knows", rows: [(nil, hard("", "a").1), hard("a", "a")], queryShare: 1,
      accuracy: 0.5, largeAccuracy: 0.5, agreement: nil),
  ]

  @Test(arguments: cases) func isAsByHand(_ one: Case) {
    let score = StreamScore(one.rows)
    #expect(score.samples == one.rows.count)
    #expect(abs(score.queryShare - one.queryShare) < 1e-12)
    #expect(abs(score.accuracy - one.accuracy) < 1e-12)
    #expect(score.largeAccuracy == one.largeAccuracy)
    #expect(score.agreement == one.agreement)
  }
}
