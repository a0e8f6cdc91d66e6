import DedicatedThread
import Foundation
import Testing

private actor Owner {
  private nonisolated let thread = DedicatedThread(name: "owner")
  nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }
  private var seen: [Int] = []

  func add(_ number: Int) -> String? {
    seen.append(number)
    return Thread.current.name
  }

  func all() -> [Int] { seen }
}

@Suite struct DedicatedThreadTests {
  @Test func anActorRunsAllItsWorkOnItsThread() async {
    let owner = Owner()
    for number in 0..<100 { #expect(await owner.add(number) == "owner") }
    #expect(await owner.all() == Array(0..<100))
  }

  @Test func runReturnsAndThrowsWhatItsBodyDoes() async throws {
    struct Refused: Error {}
    let thread = DedicatedThread(name: "body")
    #expect(try await thread.run { Thread.current.name } == "body")
    await #expect(throws: Refused.self) { try await thread.run { throw Refused() } }
  }
}
