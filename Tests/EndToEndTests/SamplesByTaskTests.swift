import JSON
import Messages
import Testing

@testable import Router

@Suite struct SamplesByTaskTests {
  /// Swift takes both for one name; Postgres has them as two tasks, so one of them is unknown.
  @Test func aTasksNameIsItsBytes() async throws {
    let (composed, decomposed) = ("caf\u{E9}", "cafe\u{301}")
    let table = RoutingTable(cascades: [composed: try await ToyTask.cascade()])
    var samples = SamplesByTask()
    for known in [composed, composed] { try samples.append(Sample(id: "1", task: known, text: "a"), by: table) }
    #expect(throws: JSONError.self) { try samples.append(Sample(id: "2", task: decomposed, text: "a"), by: table) }
    #expect(samples.groups.map(\.samples.count) == [2])
  }
}
