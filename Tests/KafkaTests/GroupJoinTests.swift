import TestSupport
import Testing

@testable import Kafka

@Suite struct GroupJoinTests {
  @Test func aJoinIsUnderWayUntilTheMemberHasItsPartitions() {
    let (joinGroup, syncGroup, heartbeat): (Int16, Int16, Int16) = (11, 14, 12)
    let join = GroupJoin()
    join.noteSent(heartbeat)
    #expect(!join.isUnderWay)
    join.noteAhead()
    #expect(join.isUnderWay)
    for _ in 0..<2 {
      // A broker may ask a new member to join once more, under a name that it gives.
      for request in [joinGroup, heartbeat, joinGroup, syncGroup] {
        join.noteSent(request)
        #expect(join.isUnderWay)
        if request != syncGroup { join.noteAnswered(request) }
        #expect(join.isUnderWay)
      }
      join.noteAnswered(syncGroup)
      #expect(!join.isUnderWay)
    }
  }

  @Test func anAnswerIsUnservedUntilTheCallbackOrTheNextQuestion() {
    let (joinGroup, syncGroup): (Int16, Int16) = (11, 14)
    let join = GroupJoin()
    #expect(!join.hasUnservedAnswer)
    join.noteSent(joinGroup)
    join.noteAnswered(joinGroup)
    #expect(!join.hasUnservedAnswer)
    join.noteAnswered(syncGroup, isFailure: true)
    #expect(!join.hasUnservedAnswer && !join.isUnderWay)
    join.noteAnswered(syncGroup)
    #expect(join.hasUnservedAnswer)
    join.noteServed()
    #expect(!join.hasUnservedAnswer)
    join.noteAnswered(syncGroup)
    join.noteSent(joinGroup)
    #expect(!join.hasUnservedAnswer && join.isUnderWay)
  }

  /// librdkafka 2.0.2 never ends a client that goes while the group's answer to it is not served; its thread then keeps
  /// a processor busy.
  @Test(arguments: [true, false]) func aMemberThatGoesWithItsJoinAnsweredIsDestroyed(closes: Bool) async throws {
    let cluster = try KafkaCluster()
    let topic = try await cluster.topic("samples")
    func events() async throws -> WeakEvents {
      let member = try Consumer(
        settings: cluster.settings, group: cluster.unique("group"), topics: [topic], options: .quickSession())
      let join = try #require(member.handle.events.membership?.join)
      try await eventually("its question is out") {
        if !member.isJoining { _ = try await member.nextBatch(maximum: 1, wait: .milliseconds(10)) }
        return member.isJoining
      }
      try await eventually("it is answered, and nobody polls") { join.hasUnservedAnswer }
      if closes { try await member.close() }
      return WeakEvents(object: member.handle.events)
    }
    let remains = try await events()
    try await eventually("destroyed") { remains.object == nil }
  }
}

/// What librdkafka holds until a client is destroyed.
private struct WeakEvents {
  weak var object: ClientEvents?
}
