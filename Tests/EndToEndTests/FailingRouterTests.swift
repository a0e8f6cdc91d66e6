import Kafka
import Router
import TestSupport
import Testing

/// A router that cannot go on ends with the reason, whatever else it has under way: a restart repeats what is open.
@Suite(.ownTopics) struct FailingRouterTests {
  @Test(
    .onEmbeddedBroker, .timeLimit(.minutes(2)),
    arguments: [
      (EmbeddedBroker.Request.produce, "TOPIC_AUTHORIZATION_FAILED", false),
      (.offsetCommit, "GROUP_AUTHORIZATION_FAILED", false),
      (.produce, "TOPIC_AUTHORIZATION_FAILED", true),
    ])
  func ends(request: EmbeddedBroker.Request, code: String, isTransactional: Bool) async throws {
    let table = CurrentRoutingTable(RoutingTable(cascades: [ToyTask.name: try await ToyTask.cascade()]))
    try await Rig.with { rig in
      let broker = try #require(rig.cluster.embedded)
      try await rig.push(0..<300)
      try broker.failNext(request, with: [String](repeating: code, count: 50))
      let router = rig.router(table, RouterSettings(batchSize: 10, isTransactional: isTransactional))
      let error = await #expect(throws: KafkaError.self) { try await router.run() }
      #expect(error?.code == code)
    }
  }

  @Test(
    .onEmbeddedBroker, .timeLimit(.minutes(2)),
    arguments: ["ILLEGAL_GENERATION", "REBALANCE_IN_PROGRESS", "UNKNOWN_MEMBER_ID"])
  func beginsATransactionAnewWhereTheGroupChangedMeanwhile(code: String) async throws {
    let table = CurrentRoutingTable(RoutingTable(cascades: [ToyTask.name: try await ToyTask.cascade()]))
    try await Rig.with { rig in
      let broker = try #require(rig.cluster.embedded)
      try await rig.push(0..<300)
      try broker.failNext(.transactionOffsetCommit, with: [code, code, code])
      try await rig.running([rig.router(table, RouterSettings(batchSize: 10, isTransactional: true))]) {
        let reader = try Consumer(
          settings: rig.cluster.settings, group: rig.cluster.unique("reader"),
          topics: [rig.topics.results.name, rig.topics.hard.name])
        _ = try await reader.collect(within: .seconds(60)) { Set($0.map(\.key)).count == 300 }
        try await reader.close()
      }
    }
  }
}
