import Testing

@testable import Distiller

@Suite struct RoundRequestTests {
  @Test(arguments: [
    ("0 toy", 0, "toy"), ("17 debian sections", 17, "debian sections"), ("3 ", 3, ""), ("4  two", 4, " two"),
  ]) func aPayloadNamesTheLastRoundAndTheTask(payload: String, last: Int, task: String) throws {
    let request = try #require(RoundRequest.read(payload))
    #expect(request.lastRound == last && request.task == task)
  }

  @Test(arguments: ["", "toy", "x toy", "99999999999999999999 toy"]) func otherTextsAreNoRequests(payload: String) {
    #expect(RoundRequest.read(payload) == nil)
  }

  /// It was asked before the round, and is heard after it.
  @Test func aRequestThatIsHeardLateAsksForNothing() async throws {
    try await Bench.with { bench in
      var task = bench.task
      task.policy.newAnswers = nil
      let distiller = try bench.distiller(task)
      #expect(try await distiller.look(requestedAfter: 0) == .finished(.promoted))
      #expect(try await distiller.look(requestedAfter: 0) == .idle(newAnswers: 0))
      #expect(try await distiller.look(requestedAfter: nil) == .idle(newAnswers: 0))
      #expect(try await distiller.look(requestedAfter: 1) != .idle(newAnswers: 0))
    }
  }
}
