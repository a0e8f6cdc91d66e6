import Testing

@testable import Distiller

@Suite struct RoundRequestTests {
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
