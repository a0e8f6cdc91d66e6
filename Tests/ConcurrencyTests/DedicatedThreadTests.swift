import Concurrency
import Foundation
import Testing

private actor Owner {
  private nonisolated let thread = DedicatedThread(name: "owner")
  nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }
  private var seen: [Int] = []

  func add(_ number: Int) -> pthread_t {
    seen.append(number)
    return pthread_self()
  }

  /// The dedicated thread itself, whatever actor asks.
  func threadItself() async throws -> pthread_t { try await thread.run { pthread_self() } }

  func all() -> [Int] { seen }
}

@Suite struct DedicatedThreadTests {
  // By the threads' identities: `Thread.current.name` was nil now and then in a process with many threads.
  @Test func anActorRunsAllItsWorkOnItsThread() async throws {
    let owner = Owner()
    let thread = try await owner.threadItself()
    for number in 0..<100 { #expect(await owner.add(number) == thread) }
    #expect(await owner.all() == Array(0..<100))
  }

  @Test func runReturnsAndThrowsWhatItsBodyDoes() async throws {
    struct Refused: Error {}
    let thread = DedicatedThread(name: "body")
    #expect(try await thread.run { 6 * 7 } == 42)
    #expect(try await thread.run { pthread_self() } != pthread_self())
    await #expect(throws: Refused.self) { try await thread.run { throw Refused() } }
  }
}
