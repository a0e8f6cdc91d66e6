import Content
import Testing

@testable import Evaluation

@Suite struct LabelChoiceTests {
  private typealias Opinion = LabelCandidate.Opinion

  private func candidate(
    _ id: String, _ text: String?, _ answer: Float?, specific: Opinion? = nil, large: Opinion? = nil,
    picture: String? = nil
  ) -> LabelCandidate {
    LabelCandidate(
      id: id, text: text, picture: picture, answer: Opinion("a", confidence: answer), specific: specific, large: large)
  }

  @Test(
    arguments: [
      (Opinion("a", confidence: 0.9), Opinion("b", confidence: 0.6), LabelCandidate.Reason.likelyMistake, 0.95),
      (Opinion("a", confidence: 0.5), Opinion("b", confidence: nil), .disagreement, 0.75),
      (Opinion("b", confidence: 0.9), Opinion("b", confidence: 0.9), .doubt, 0.4),
      (nil, Opinion("b", confidence: 0.9), .doubt, 0.4),
    ] as [(LabelCandidate.Opinion?, LabelCandidate.Opinion?, LabelCandidate.Reason, Double)])
  func disagreementIsWorthMoreThanDoubt(
    specific: LabelCandidate.Opinion?, large: LabelCandidate.Opinion?, reason: LabelCandidate.Reason, worth: Double
  ) {
    let candidate = candidate("1", "x", 0.6, specific: specific, large: large)
    #expect(candidate.reason == reason && abs(candidate.worth - worth) < 1e-6)
  }

  @Test func whatIsWorthMostComesFirst() {
    let chosen = LabelChoice.choose(
      [
        candidate("sure", "one two", 0.95), candidate("unsure", "three four", 0.4),
        candidate("unknown", "five six", nil),
        candidate(
          "mistake", "seven eight", 0.9, specific: Opinion("a", confidence: 0.9), large: Opinion("b", confidence: 0.9)),
      ], count: 3)
    #expect(chosen.map(\.id) == ["mistake", "unsure", "unknown"])
  }

  @Test func nearDuplicatesAreShownOnce() {
    let texts = ["the printer is on fire again", "The printer is on fire, again!", "my invoice is wrong"]
    let chosen = LabelChoice.choose(
      texts.enumerated().map { candidate("\($0)", $1, 0.5) }
        + [
          candidate("p1", nil, 0.3, picture: "x"), candidate("p2", nil, 0.3, picture: "x"),
          candidate("p3", nil, 0.3, picture: "y"),
        ], count: 10)
    #expect(chosen.map(\.id) == ["p1", "p3", "0", "2"])
  }

  /// Of two texts as unsure, the one that is less like what is chosen comes first.
  @Test func variedSamplesComeFirst() {
    let chosen = LabelChoice.choose(
      [
        candidate("1", "red car fast", 0.3), candidate("2", "red car slow", 0.4), candidate("3", "blue sky", 0.4),
      ], count: 3)
    #expect(chosen.map(\.id) == ["1", "3", "2"])
  }

  @Test(arguments: [0, 1, 5]) func noMoreThanAsked(count: Int) {
    let chosen = LabelChoice.choose((0..<3).map { candidate("\($0)", "text \($0) \($0 * 7)", 0.5) }, count: count)
    #expect(chosen.count == min(3, count))
    #expect(LabelChoice.choose([], count: count).isEmpty)
  }
}

@Suite struct LabellingSessionTests {
  private typealias Said = LabellingSession.Said

  /// What is handed out after each line, then at the end.
  private func said(_ lines: [String], count: Int = 3, labels: [String] = ["apple", "pear", "peach"]) -> [[Said]] {
    var session = LabellingSession(count: count, labels: labels)
    var all: [[Said]] = []
    for line in lines { all.append(session.take(line).said) }
    return all + [session.end()]
  }

  @Test(arguments: [
    ("1", "apple"), ("3", "peach"), ("apple", "apple"), ("AP", "apple"), (" pear ", "pear"), ("peac", "peach"),
  ])
  func aLabelIsSaidInManyWays(line: String, label: String) {
    #expect(said([line]) == [[], [Said(place: 0, truth: .label(label))]])
  }

  @Test(arguments: [
    ("pea", "may be pear, peach"), ("plum", "no label begins"), ("4", "no number 4"), ("0", "no number 0"),
  ])
  func whatIsUnclearIsTold(line: String, note: String) {
    var session = LabellingSession(count: 1, labels: ["apple", "pear", "peach"])
    let outcome = session.take(line)
    #expect(outcome.note?.contains(note) == true && outcome.said.isEmpty && session.place == 0)
    #expect(session.take("") == LabellingSession.Outcome() && session.place == 0)
  }

  @Test func theLastWordIsHeldUntilTheNext() {
    #expect(
      said(["1", "s", "2"]) == [
        [], [Said(place: 0, truth: .label("apple"))], [], [Said(place: 2, truth: .label("pear"))],
      ])
  }

  @Test func aWordCanBeTakenBack() {
    #expect(said(["1", "u", "2", "q"]) == [[], [], [], [], [Said(place: 0, truth: .label("pear"))]])
    #expect(said(["1", "u", "s", "q"]).flatMap(\.self).isEmpty)
    var session = LabellingSession(count: 3, labels: ["a", "b"])
    #expect(session.take("u").note == "there is nothing to take back")
    _ = session.take("a")
    #expect(session.take("b").said == [Said(place: 0, truth: .label("a"))])
    // The second word is still here, the first one is recorded.
    #expect(session.take("u").note == nil && session.place == 1)
    #expect(session.take("u").note?.contains("say it anew") == true && session.place == 0)
    _ = session.take("b")
    #expect(session.end() == [Said(place: 0, truth: .label("b"))])
  }

  @Test func quittingEndsIt() {
    var session = LabellingSession(count: 3, labels: ["a", "b"])
    _ = session.take("a")
    _ = session.take("q")
    #expect(session.place == nil && session.take("b").said.isEmpty && session.end().count == 1)
  }

  @Test func captionsAreWritten() {
    #expect(
      said(["a dog ", "s", "q"], labels: []).flatMap(\.self) == [Said(place: 0, truth: .captions(["a dog"]))])
  }

  @Test func labelsThatAreNumbersHaveNone() {
    #expect(!LabellingSession(count: 1, labels: ["1", "2"]).hasNumbers)
    #expect(said(["2"], labels: ["2", "1"]) == [[], [Said(place: 0, truth: .label("2"))]])
  }
}
