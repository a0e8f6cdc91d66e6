import Synchronization
import TestSupport
import Testing

@testable import Kafka

/// What all members of a group have seen.
private final class Tally: Sendable {
  private let seen = Mutex<Set<String>>([])

  func add(_ records: [KafkaRecord]) {
    seen.withLock { $0.formUnion(records.map(\.text)) }
  }

  var count: Int { seen.withLock { $0.count } }
}

/// One member at work: tallies and commits until told to stop, or to vanish without a word.
private final class Member: Sendable {
  enum Order { case work, close, vanish }

  let order = Mutex(Order.work)
  let held = Mutex<Set<TopicPartition>>([])

  func run(
    _ settings: KafkaSettings, group: String, topic: String, _ tally: Tally, linger: Duration = .zero
  ) async throws {
    var options = ConsumerOptions.quickSession()
    options.linger = linger
    let consumer = try Consumer(settings: settings, group: group, topics: [topic], options: options)
    while order.withLock({ $0 == .work }) {
      let batch = try await consumer.nextBatch(maximum: linger > .zero ? 5000 : 100, wait: .milliseconds(50))
      tally.add(batch.records())
      try await consumer.commit(batch.nextOffsets)
      let assignment = await consumer.assignment
      held.withLock { $0 = Set(assignment.keys) }
    }
    held.withLock { $0 = [] }
    if order.withLock({ $0 == .close }) { try await consumer.close() }
  }
}

/// Raised once, by one task for another.
private final class Flag: Sendable {
  private let value = Mutex(false)
  var isRaised: Bool { value.withLock { $0 } }
  func raise() { value.withLock { $0 = true } }
}

@Suite(.ownTopics) struct GroupTests {
  @Test func tenMembersShareAndTheOthersTakeOverFromOneThatLeavesAndOneThatDies() async throws {
    let cluster = try KafkaCluster()
    let topic = try await cluster.topic("samples", partitions: 20)
    let group = cluster.unique("group")
    let producer = try Producer(settings: cluster.settings)
    let tally = Tally()
    let members = (0..<10).map { _ in Member() }
    @Sendable func holders() -> [Int] { members.map { $0.held.withLock { $0.count } } }
    try await withThrowingTaskGroup { tasks in
      for member in members {
        tasks.addTask { try await member.run(cluster.settings, group: group, topic: topic, tally) }
      }
      tasks.addTask {
        try await publish(0..<1000, to: topic, producer)
        try await eventually("each member holds two of the partitions") { holders() == .init(repeating: 2, count: 10) }
        members[0].order.withLock { $0 = .close }
        members[1].order.withLock { $0 = .vanish }
        try await publish(1000..<2000, to: topic, producer)
        try await eventually("the other eight hold all partitions") {
          holders().prefix(2) == [0, 0] && holders().reduce(0, +) == 20
        }
        try await publish(2000..<3000, to: topic, producer)
        try await eventually("everything was seen", within: .seconds(120)) { tally.count == 3000 }
        for member in members.dropFirst(2) { member.order.withLock { $0 = .close } }
      }
      while try await tasks.next() != nil {}
    }
    let progress = try await Admin(settings: cluster.settings).progress(of: group, in: [topic])
    #expect(progress.lag == 0 && progress.consumed == 3000)
  }

  @Test func aMemberThatCommitsWhileAnotherComesInKeepsItsPartitions() async throws {
    let cluster = try KafkaCluster()
    let topic = try await cluster.topic("samples", partitions: 2)
    let group = cluster.unique("group")
    try await publish(0..<100, to: topic, Producer(settings: cluster.settings))
    let first = try Consumer(settings: cluster.settings, group: group, topics: [topic], options: .quickSession())
    let taken = try await first.collect(100)
    let second = try Consumer(settings: cluster.settings, group: group, topics: [topic], options: .quickSession())
    // By itself, for a commit of the first waits for a join that the second takes part in.
    async let coming: Void = eventually("the second has one") {
      _ = try await second.nextBatch(maximum: 10, wait: .milliseconds(10))
      return await second.assignment.count == 1
    }
    var rebalances: [Rebalance] = []
    var number = 0
    try await eventually("the first has one") {
      rebalances += try await first.nextBatch(maximum: 10, wait: .milliseconds(10)).rebalances
      let next = taken[number % taken.count]
      try await first.commit([next.partition: next.offset + 1])
      number += 1
      return await first.assignment.count == 1
    }
    try await coming
    #expect(rebalances.count == 1)
    guard case .revoked(let gone) = try #require(rebalances.first) else {
      Issue.record("lost instead of given: \(rebalances)")
      return
    }
    #expect(gone.count == 1)
  }

  /// librdkafka before 2.1 threw away what its batch call had gathered of a partition that stayed.
  @Test func aRebalanceAmidABatchLosesNothing() async throws {
    let cluster = try KafkaCluster()
    let topic = try await cluster.topic("samples", partitions: 2)
    let group = cluster.unique("group")
    let producer = try Producer(settings: cluster.settings)
    try await publish(0..<1, to: topic, producer)
    var lingering = ConsumerOptions.quickSession()
    lingering.linger = .seconds(3600)
    let (asked, tell) = AsyncStream<Void>.makeStream()
    let first = try Consumer(settings: cluster.settings, group: group, topics: [topic], options: lingering) { gone in
      tell.finish()
      return [:]
    }
    let tally = Tally()
    // Alone in its group until it has something.
    while tally.count == 0 { tally.add(try await first.nextBatch(maximum: 1, wait: .seconds(1)).records()) }
    try await publish(1..<100, to: topic, producer)
    try await withThrowingTaskGroup { tasks in
      tasks.addTask {
        // Gathers the first hundred, and lingers until the rebalance is over and one more is there.
        var maximum = 100
        while tally.count < 1000 {
          let records = try await first.nextBatch(maximum: maximum, wait: .milliseconds(50)).records()
          tally.add(records)
          if !records.isEmpty { maximum = 1 }
        }
      }
      tasks.addTask {
        let second = try Consumer(settings: cluster.settings, group: group, topics: [topic], options: .quickSession())
        try await eventually("everything was seen", within: .seconds(60)) {
          tally.add(try await second.nextBatch(maximum: 200, wait: .milliseconds(50)).records())
          return tally.count == 1000
        }
      }
      tasks.addTask {
        for await _ in asked {}
        try await publish(100..<1000, to: topic, producer)
      }
      defer { tasks.cancelAll() }
      while try await tasks.next() != nil {}
    }
    #expect(tally.count == 1000)
  }

  @Test(.enabled(if: KafkaCluster.external != nil, "needs a real broker: set SHUNT_TEST_KAFKA=host:port"))
  func membersThatComeAndGoUnderLoadMissNothing() async throws {
    let cluster = try KafkaCluster()
    let topic = try await cluster.topic("samples", partitions: 12)
    let group = cluster.unique("group")
    let (tally, count) = (Tally(), 60_000)
    @Sendable func run(_ member: Member) async throws {
      try await member.run(cluster.settings, group: group, topic: topic, tally, linger: .milliseconds(50))
    }
    try await withThrowingTaskGroup { tasks in
      let stayers = [Member(), Member()]
      for member in stayers { tasks.addTask { try await run(member) } }
      tasks.addTask {
        let producer = try Producer(settings: cluster.settings)
        let start = ContinuousClock.now
        for number in stride(from: 0, to: count, by: 100) {
          try await ContinuousClock().sleep(until: start + .milliseconds(number / 3))  // The load: 3,000 a second.
          try await publish(number..<number + 100, to: topic, producer)
        }
        try await eventually("everything was seen", within: .seconds(60)) { tally.count == count }
        for member in stayers { member.order.withLock { $0 = .close } }
      }
      tasks.addTask {
        for _ in 0..<6 {
          let member = Member()
          async let isOver: Void = run(member)
          try await eventually("it holds something", within: .seconds(60)) {
            member.held.withLock { !$0.isEmpty } || tally.count == count
          }
          member.order.withLock { $0 = .close }
          try await isOver
        }
      }
      while try await tasks.next() != nil {}
    }
    let progress = try await Admin(settings: cluster.settings).progress(of: group, in: [topic])
    #expect(progress.lag == 0)
  }

  @Test func aMemberThatClosesWhileItJoinsLeavesTheGroup() async throws {
    let cluster = try KafkaCluster()
    let topic = try await cluster.topic("samples", partitions: 2)
    let group = cluster.unique("group")
    let first = try Consumer(settings: cluster.settings, group: group, topics: [topic], options: .quickSession())
    try await eventually("alone") {
      _ = try await first.nextBatch(maximum: 1, wait: .milliseconds(50))
      return await first.assignment.count == 2
    }
    let hasLeft = Flag()
    try await withThrowingTaskGroup { tasks in
      tasks.addTask {
        let second = try Consumer(settings: cluster.settings, group: group, topics: [topic], options: .quickSession())
        // Until its question is out.
        while await second.assignment.isEmpty, !second.isJoining {
          _ = try await second.nextBatch(maximum: 1, wait: .milliseconds(10))
        }
        try await second.close()
        #expect(!second.isJoining)
        hasLeft.raise()
      }
      tasks.addTask {
        try await eventually("alone again, well before a session is over") {
          _ = try await first.nextBatch(maximum: 1, wait: .milliseconds(50))
          let count = await first.assignment.count
          return hasLeft.isRaised && count == 2
        }
      }
      while try await tasks.next() != nil {}
    }
  }

  /// The sticky assignor counts partitions, not topics: a member of both topics may be given all of one.
  @Test func aConsumerForEachTopicGetsItsPartOfEach() async throws {
    let cluster = try KafkaCluster()
    let topics = [
      try await cluster.topic("results", partitions: 4), try await cluster.topic("rejected", partitions: 4),
    ]
    let group = cluster.unique("group")
    func members() throws -> [Consumer] {
      try topics.map { try Consumer(settings: cluster.settings, group: group, topics: [$0], options: .quickSession()) }
    }
    func counts(of members: [Consumer]) async throws -> [Int] {
      var counts: [Int] = []
      for member in members {
        _ = try await member.nextBatch(maximum: 1, wait: .milliseconds(20))
        counts.append(await member.assignment.count)
      }
      return counts
    }
    let first = try members()
    try await eventually("one recorder has all") { try await counts(of: first) == [4, 4] }
    let both = try first + members()
    try await eventually("two recorders share each topic", within: .seconds(60)) {
      try await counts(of: both) == [2, 2, 2, 2]
    }
  }

  @Test func aStaticMemberComesBackToItsPartitions() async throws {
    let cluster = try KafkaCluster()
    let topic = try await cluster.topic("samples", partitions: 2)
    let group = cluster.unique("group")
    let producer = try Producer(settings: cluster.settings)
    try await publish(0..<10, to: topic, producer)
    for run in 0..<2 {
      let consumer = try Consumer(
        settings: cluster.settings, group: group, topics: [topic], options: .quickSession(instance: "router-0"))
      let records = try await consumer.collect(10 - run * 5)
      let ends = Dictionary(grouping: records.prefix(5), by: \.partition).mapValues { ($0.last?.offset ?? 0) + 1 }
      try await consumer.commit(ends)
      try await consumer.close()
    }
  }

  @Test func roundRobinAndRangeGroupsWorkToo() async throws {
    for strategy in [ConsumerOptions.AssignmentStrategy.roundRobin, .range] {
      let cluster = try KafkaCluster()
      let topic = try await cluster.topic("samples", partitions: 4)
      let group = cluster.unique("group")
      var options = ConsumerOptions.quickSession()
      options.assignmentStrategy = strategy
      let members = try (0..<2).map { _ in
        try Consumer(settings: cluster.settings, group: group, topics: [topic], options: options)
      }
      try await eventually("both hold two") {
        for member in members { _ = try await member.nextBatch(maximum: 1, wait: .milliseconds(50)) }
        let counts = [await members[0].assignment.count, await members[1].assignment.count]
        return counts == [2, 2]
      }
      for member in members { try await member.close() }
    }
  }
}
