import Concurrency
import Synchronization
import Testing

/// Opens once; who waits goes on then.
final class Gate: Sendable {
  private let stream: AsyncStream<Void>
  private let source: AsyncStream<Void>.Continuation

  init() { (stream, source) = AsyncStream.makeStream() }

  func open() { source.finish() }

  func wait() async { for await _ in stream {} }
}

/// A value that many tasks change.
final class Locked<Value: Sendable>: Sendable {
  private let value: Mutex<Value>

  init(_ value: Value) { self.value = Mutex(value) }

  func withLock<Output: Sendable>(_ body: (inout Value) -> Output) -> Output {
    value.withLock { value in
      var copy = value
      defer { value = copy }
      return body(&copy)
    }
  }
}

@Suite("Semaphore", .timeLimit(.minutes(1)))
struct SemaphoreTests {
  /// Yields until a condition that other tasks bring about holds.
  private func until(_ condition: () async -> Bool) async { while !(await condition()) { await Task.yield() } }

  @Test("No more are inside than it lets in, and all get in")
  func bound() async throws {
    let semaphore = Semaphore(3)
    let counts = Locked((inside: 0, peak: 0, done: 0))
    try await withThrowingTaskGroup(of: Void.self) { group in
      for _ in 0..<200 {
        group.addTask {
          try await semaphore.withPermit {
            counts.withLock {
              $0.inside += 1
              $0.peak = max($0.peak, $0.inside)
            }
            await Task.yield()
            counts.withLock {
              $0.inside -= 1
              $0.done += 1
            }
          }
        }
      }
      try await group.waitForAll()
    }
    #expect(counts.withLock { $0.done } == 200)
    #expect(counts.withLock { $0.peak } <= 3)
  }

  @Test("Who is cancelled in line leaves it, and the next is served")
  func cancellation() async throws {
    let semaphore = Semaphore(1)
    let gate = Gate()
    async let holder: Void = semaphore.withPermit { await gate.wait() }
    let cancelled = Task { try await semaphore.withPermit { Issue.record("it got in") } }
    await until { semaphore.lineLength == 1 }
    async let next = semaphore.withPermit { true }
    await until { semaphore.lineLength == 2 }
    cancelled.cancel()
    await #expect(throws: CancellationError.self) { try await cancelled.value }
    gate.open()
    try await holder
    #expect(try await next)
  }

  @Test("An error inside gives the permit back")
  func error() async throws {
    struct Fault: Error {}
    let semaphore = Semaphore(1)
    await #expect(throws: Fault.self) { try await semaphore.withPermit { throw Fault() } }
    #expect(try await semaphore.withPermit { 1 } == 1)
  }

  @Test("A time limit cancels what takes too long, and leaves alone what does not")
  func timeout() async throws {
    let clock = RelativeClock()
    await #expect(throws: DeadlineExceeded.self) {
      try await clock.withTimeout(.milliseconds(5)) { try await Task.sleep(for: .seconds(3_600)) }
    }
    #expect(try await clock.withTimeout(.seconds(3_600)) { 1 } == 1)
  }
}

@Suite("Single flight", .timeLimit(.minutes(1)))
struct SingleFlightTests {
  private func until(_ condition: () async -> Bool) async { while !(await condition()) { await Task.yield() } }

  @Test("The same key is asked once, other keys for themselves")
  func once() async throws {
    let flights = SingleFlight<String, Int>()
    let gate = Gate()
    let asked = Locked(0)
    try await withThrowingTaskGroup(of: (Int, Bool).self) { group in
      for _ in 0..<50 {
        group.addTask {
          try await flights.value(for: "a") {
            await gate.wait()
            return asked.withLock {
              $0 += 1
              return $0
            }
          }
        }
      }
      await until { flights.followers(of: "a") == 49 }
      #expect(try await flights.value(for: "b") { 7 } == (7, false))
      gate.open()
      let answers = try await group.reduce(into: []) { $0.append($1) }
      #expect(answers.allSatisfy { $0.0 == 1 })
      #expect(answers.count { !$0.1 } == 1)
    }
    #expect(flights.followers(of: "a") == nil)
  }

  @Test("A failure is everybody's, and the next question is asked anew")
  func failure() async throws {
    struct Fault: Error {}
    let flights = SingleFlight<String, Int>()
    let gate = Gate()
    let first = Task {
      try await flights.value(for: "a") {
        await gate.wait()
        throw Fault()
      }
    }
    await until { flights.followers(of: "a") == 0 }
    let second = Task { try await flights.value(for: "a") { 2 } }
    await until { flights.followers(of: "a") == 1 }
    gate.open()
    await #expect(throws: Fault.self) { try await first.value }
    await #expect(throws: Fault.self) { try await second.value }
    #expect(try await flights.value(for: "a") { 3 } == (3, false))
  }

  @Test("Where the one who asks is cancelled, the next in line asks")
  func handOver() async throws {
    let flights = SingleFlight<String, Int>()
    let leader = Task {
      try await flights.value(for: "a") {
        try await Task.sleep(for: .seconds(3_600))
        return 1
      }
    }
    await until { flights.followers(of: "a") == 0 }
    let second = Task { try await flights.value(for: "a") { 2 } }
    let third = Task { try await flights.value(for: "a") { 2 } }
    await until { flights.followers(of: "a") == 2 }
    leader.cancel()
    await #expect(throws: CancellationError.self) { try await leader.value }
    #expect(try await second.value.value == 2)
    #expect(try await third.value.value == 2)
    #expect(flights.followers(of: "a") == nil)
  }

  @Test("A follower that is cancelled leaves alone")
  func follower() async throws {
    let flights = SingleFlight<String, Int>()
    let gate = Gate()
    async let first = flights.value(for: "a") {
      await gate.wait()
      return 1
    }
    await until { flights.followers(of: "a") == 0 }
    let second = Task { try await flights.value(for: "a") { 2 } }
    await until { flights.followers(of: "a") == 1 }
    second.cancel()
    await #expect(throws: CancellationError.self) { try await second.value }
    gate.open()
    #expect(try await first == (1, false))
  }
}
