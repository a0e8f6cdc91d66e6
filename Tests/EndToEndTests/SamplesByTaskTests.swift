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
    for place in [0, 1] { try samples.append(Sample(id: "1", task: composed, text: "a"), at: place, by: table) }
    #expect(throws: JSONError.self) {
      try samples.append(Sample(id: "2", task: decomposed, text: "a"), at: 2, by: table)
    }
    #expect(samples.groups.map(\.places) == [[0, 1]])
  }
}
