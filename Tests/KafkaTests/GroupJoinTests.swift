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
}
