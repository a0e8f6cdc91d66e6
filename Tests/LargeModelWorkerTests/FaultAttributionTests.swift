import LargeModel
import Testing

@testable import LargeModelWorker

@Suite("Whose fault it is that samples get no answer")
struct FaultAttributionTests {
  /// What happens to a task, in short: "a?" is a failure of sample a, "a" its answer, "!" an answered control question.
  private func decisions(
    _ events: String, _ blame: LargeModelError.Blame, reason: (String) -> String = { _ in "HTTP 400" }
  ) -> [FaultAttribution<String>.Decision] {
    var attribution = FaultAttribution<String>()
    return events.split(separator: " ").compactMap { event in
      let sample = String(event.prefix(1))
      guard event.hasSuffix("?") else {
        attribution.succeeded(event == "!" ? nil : sample)
        return nil
      }
      let error = LargeModelError(.noAnswer, "x", blame: blame, reason: reason(sample))
      return attribution.failed(sample, by: error, askedAt: attribution.answered)
    }
  }

  @Test(
    "What is the world's is never charged to a sample, however often it strikes one and others are answered",
    arguments: ["a? a? a? a? a? a? a? a? a? a?", "a? b a? c a? d a? e a? f a? g a? h a? i a? j a?", "a? b? c? d? e?"])
  func world(events: String) { #expect(decisions(events, .world).allSatisfy { $0 == .hold }) }

  @Test("A sample is charged once it failed often enough and another question was answered before each time")
  func charged() {
    #expect(decisions("a? b a?", .likelySample) == [.postpone(tries: 1), .reject])
    #expect(decisions("a? ! a?", .likelySample).last == .reject)
    #expect(decisions("b a? a?", .likelySample).last == .postpone(tries: 2))
    #expect(decisions("a? b a? b a? b a?", .unclear).last == .postpone(tries: 4))
    #expect(decisions("a? b a? b a? b a? b a?", .unclear).last == .reject)
    #expect(decisions("a? b a? b a? b a? b a? b a? b a?", .likelyWorld).last == .hold)
    #expect(decisions("a? b a? b a? b a? b a? b a? b a? b a?", .likelyWorld).last == .reject)
    #expect(decisions("a?", .sample) == [.reject])
  }

  @Test(
    "What strikes more than a few samples in a row holds the task, until another one is answered",
    arguments: [LargeModelError.Blame.unclear, .likelySample])
  func streak(blame: LargeModelError.Blame) {
    #expect(decisions("a? b? c? d? e?", blame).suffix(2) == [.hold, .hold])
    #expect(decisions("a? b? c? d? e f?", blame).last == .postpone(tries: 1))
    #expect(decisions("a? b? c? d?", blame, reason: { $0 }).allSatisfy { $0 == .postpone(tries: 1) })
    // Nothing but failures, for ever: none of them is charged.
    let many = (0..<20).map { _ in "a? b? c? d? e?" }.joined(separator: " ")
    #expect(!decisions(many, blame).contains(.reject))
  }

  @Test("A server that fails before it answered anything holds the task at the first sample")
  func alone() {
    #expect(decisions("a? a? a?", .likelyWorld) == [.hold, .hold, .hold])
    var attribution = FaultAttribution<String>()
    let mark = attribution.answered
    attribution.succeeded("b")
    let error = LargeModelError(.unavailable, "x", blame: .likelyWorld)
    #expect(attribution.failed("a", by: error, askedAt: mark) == .postpone(tries: 1))
  }

  @Test("A control question is needed for what failed before, while nothing is answered")
  func control() {
    var attribution = FaultAttribution<String>()
    #expect(!attribution.needsControl("a"))
    let error = LargeModelError(.noAnswer, "x", blame: .unclear)
    _ = attribution.failed("a", by: error, askedAt: 0)
    #expect(attribution.needsControl("a") && !attribution.needsControl("b"))
    attribution.succeeded(nil)
    #expect(!attribution.needsControl("a"))
    _ = attribution.failed("a", by: error, askedAt: 1)
    attribution.forgetSamples()
    #expect(!attribution.needsControl("a"))
  }
}
