import LargeModelFlow
import Testing

extension CircuitBreaker {
  /// A permit that must be there.
  fileprivate mutating func leave(at now: Duration) throws -> Permit {
    let permit = admit(at: now)
    return try #require(permit)
  }
}

@Suite("Circuit breaker")
struct CircuitBreakerTests {
  let settings = CircuitBreaker.Settings(window: 10, minimum: 4, failureShare: 0.5, pause: .seconds(10))

  private func record(_ outcomes: [CircuitBreaker.Outcome], _ breaker: inout CircuitBreaker) throws {
    for outcome in outcomes {
      let permit = try breaker.leave(at: .zero)
      breaker.record(outcome, for: permit, at: .zero)
    }
  }

  @Test(
    "It opens on a share of failures among enough outcomes",
    arguments: [
      ([.failure, .failure, .failure], false), ([.success, .failure, .success, .failure], true),
      // Half of them failed, but the last one did not: it says that the server works.
      ([.failure, .success, .failure, .success], false), ([.failure, .failure, .failure, .success], false),
      ([.failure, .failure, .failure, .success, .failure], true),
      ([.success, .success, .success, .failure, .failure], false),
      ([.failure, .none, .none, .none, .none], false), ([.refusal], true),
    ] as [([CircuitBreaker.Outcome], Bool)])
  func opens(outcomes: [CircuitBreaker.Outcome], isOpen: Bool) throws {
    var breaker = CircuitBreaker(settings)
    try record(outcomes, &breaker)
    #expect(breaker.state == (isOpen ? .open(until: .seconds(10)) : .closed))
  }

  @Test("Only the latest outcomes count")
  func window() throws {
    var breaker = CircuitBreaker(settings)
    try record(Array(repeating: .success, count: 100), &breaker)
    try record(Array(repeating: .failure, count: 4), &breaker)
    #expect(breaker.state == .closed)
    try record([.failure], &breaker)
    #expect(breaker.state == .open(until: .seconds(10)))
  }

  @Test("After the pause one probe passes; its outcome decides")
  func probe() throws {
    var breaker = CircuitBreaker(settings)
    try record([.refusal], &breaker)
    #expect(breaker.admit(at: .seconds(9)) == nil)
    #expect(breaker.wait(at: .seconds(9)) == .seconds(1))
    let probe = try breaker.leave(at: .seconds(10))
    #expect(breaker.admit(at: .seconds(10)) == nil)
    #expect(breaker.wait(at: .seconds(10)) == nil)
    breaker.record(.failure, for: probe, at: .seconds(11))
    #expect(breaker.state == .open(until: .seconds(21)))
    let second = try breaker.leave(at: .seconds(21))
    breaker.record(.success, for: second, at: .seconds(22))
    #expect(breaker.state == .closed)
  }

  @Test("A probe that was given up makes room for another")
  func abandoned() throws {
    var breaker = CircuitBreaker(settings)
    try record([.refusal], &breaker)
    let probe = try breaker.leave(at: .seconds(10))
    breaker.record(.none, for: probe, at: .seconds(10))
    #expect(breaker.state == .halfOpen(isProbing: false))
    #expect(breaker.admit(at: .seconds(10)) != nil)
  }

  @Test("Outcomes from before a change of state say nothing")
  func late() throws {
    var breaker = CircuitBreaker(settings)
    let old = try breaker.leave(at: .zero)
    try record([.refusal], &breaker)
    let probe = try breaker.leave(at: .seconds(10))
    breaker.record(.success, for: old, at: .seconds(10))
    #expect(breaker.state == .halfOpen(isProbing: true))
    breaker.record(.success, for: probe, at: .seconds(10))
    breaker.record(.refusal, for: old, at: .seconds(10))
    #expect(breaker.state == .closed)
  }
}
