import Testing

@testable import Kafka

private let a = TopicPartition(topic: "samples", partition: 0)
private let b = TopicPartition(topic: "samples", partition: 1)

private func held(from start: Int64) -> ReadPositions {
  var positions = ReadPositions()
  positions.apply([.assigned([a, b], generation: 1)])
  positions.start(a, at: start)
  return positions
}

@Suite struct ReadPositionsTests {
  @Test func whatFollowsIsNextAndWhatLeavesOffsetsOutIsAGap() {
    var positions = held(from: 5)
    #expect(positions.sight(of: 5, in: a) == .next)
    #expect(positions.sight(of: 8, in: a) == .gap(5..<8))
    positions.advance(a, to: 9)
    #expect(positions.sight(of: 9, in: a) == .next)
    #expect(positions.sight(of: 10, in: a) == .gap(9..<10))
    #expect(positions.sight(of: 8, in: a) == .again)
    #expect(positions.sight(of: 0, in: a) == .again)
  }

  @Test func aPartitionHasNoStartUntilItIsKnownAndAgainAfterItCameBack() {
    var positions = held(from: 5)
    #expect(!positions.lacksStart(a) && positions.lacksStart(b))
    #expect(positions.sight(of: 700, in: b) == .next)
    positions.apply([.revoked([a])])
    #expect(!positions.lacksStart(a))
    positions.apply([.assigned([a], generation: 2)])
    #expect(positions.lacksStart(a))
    positions.apply([.lost([a, b])])
    positions.advance(a, to: 7)
    #expect(positions.next(in: a) == nil)
  }

  /// In the midst of a stream a few offsets are transactions' markers; where librdkafka moved its position each counts.
  @Test func aSmallGapIsRemarkableOnlyAfterAMove() {
    var positions = held(from: 0)
    let (small, large): (Range<Int64>, Range<Int64>) = (3..<11, 3..<12)
    #expect(positions.isRemarkable(small, in: a))
    positions.advance(a, to: 3)
    #expect(!positions.isRemarkable(small, in: a))
    #expect(positions.isRemarkable(large, in: a))
    positions.noteMove()
    #expect(positions.isRemarkable(small, in: a))
    positions.advance(a, to: 11)
    #expect(!positions.isRemarkable(11..<12, in: a))
    #expect(positions.goBack(a, to: 4) == 1)
    #expect(positions.isRemarkable(4..<5, in: a))
  }

  @Test func goingBackIsCountedUntilTheMessageCame() {
    var positions = held(from: 0)
    positions.advance(a, to: 100)
    #expect(positions.goBack(a, to: 50) == 1)
    #expect(positions.goBack(a, to: 50) == 2)
    #expect(positions.sight(of: 50, in: a) == .next)
    positions.advance(a, to: 51)
    #expect(positions.goBack(a, to: 50) == 1)
  }

  /// Nothing came of `a` since offset 5, while its log has gone on.
  @Test func whatStandsStillForLongIsLookedInto() {
    var positions = held(from: 5)
    let start = ContinuousClock.now
    func tail(_ end: Int64, taken: Int = 0, ready: Int = 0, after seconds: Int) -> Range<Int64>? {
      positions.tail(of: a, end: end, taken: taken, ready: ready, at: start + .seconds(seconds))
    }
    #expect(tail(5, after: 0) == nil && tail(5, after: 60) == nil, "there is nothing more")
    #expect(tail(9, taken: 100, ready: 10, after: 100) == nil && tail(9, taken: 110, after: 102) == nil, "too soon")
    #expect(tail(9, taken: 109, after: 200) == nil, "it may be among what was ready")
    #expect(tail(9, taken: 110, after: 200) == 5..<9)
    positions.noteEmpty(5..<9, expired: 0, in: a)
    #expect(tail(9, taken: 200, after: 300) == nil, "there is nothing for a reader")
    #expect(tail(11, taken: 200, after: 301) == nil && tail(11, taken: 200, after: 304) == 5..<11)
    positions.advance(a, to: 11)
    #expect(tail(11, taken: 300, after: 400) == nil && tail(12, taken: 300, after: 400) == nil)
    #expect(tail(12, taken: 300, after: 403) == 11..<12)
    #expect(positions.goBack(a, to: 11) == 1)
    #expect(tail(12, taken: 300, after: 500) == nil && tail(12, taken: 300, after: 505) == nil, "twice as long")
    #expect(tail(12, taken: 300, after: 506) == 11..<12)
    #expect(positions.tail(of: b, end: 9, taken: 0, ready: 0, at: start) == nil, "where it begins is not known")
  }

  /// What is counted once as deleted is no gap before the next message.
  @Test func deletedOffsetsOfATailAreNoGapAnyMore() {
    var positions = held(from: 100)
    positions.noteEmpty(100..<210, expired: 100, in: a)
    #expect(positions.sight(of: 210, in: a) == .gap(200..<210))
    positions.noteEmpty(200..<210, expired: 0, in: a)
    #expect(positions.sight(of: 210, in: a) == .gap(200..<210), "markers, which a look before a message may count")
  }

  /// Of what was ready, the messages of a partition that goes are never taken.
  @Test func aRebalanceBeginsAStandstillAnew() {
    var positions = held(from: 5)
    let start = ContinuousClock.now
    #expect(positions.tail(of: a, end: 9, taken: 0, ready: 100, at: start) == nil)
    positions.apply([.revoked([b])])
    #expect(positions.tail(of: a, end: 9, taken: 0, ready: 0, at: start + .seconds(1)) == nil)
    #expect(positions.tail(of: a, end: 9, taken: 0, ready: 0, at: start + .seconds(4)) == 5..<9)
  }

  /// What stands in the gap from 10 up to 20, by the first record that a reader finds and the oldest that is kept.
  @Test(
    arguments: [
      (first: 20, low: 0, expired: 0, missed: nil, "markers, aborted or compacted records"),
      (first: 27, low: 10, expired: 0, missed: nil, "the same, and more behind"),
      (first: 10, low: 0, expired: 0, missed: 10, "all of it was passed over"),
      (first: 19, low: 3, expired: 0, missed: 19, "the last one was passed over"),
      (first: 15, low: 15, expired: 5, missed: 15, "the first half is deleted, the second was passed over"),
      (first: 15, low: 12, expired: 2, missed: 15, "deleted, then markers, then passed over"),
      (first: 20, low: 20, expired: 10, missed: nil, "deleted just so far"),
      (first: 90, low: 90, expired: 10, missed: nil, "deleted, and more by now"),
      (first: 20, low: 18, expired: 8, missed: nil, "deleted, then markers"),
      (first: nil, low: 0, expired: 0, missed: nil, "the log ends here"),
      (first: nil, low: 20, expired: 10, missed: nil, "all of it is deleted"),
    ] as [(first: Int64?, low: Int64, expired: Int64, missed: Int64?, String)])
  func aLookAtTheLogSaysWhatTheGapIs(
    _ seen: (first: Int64?, low: Int64, expired: Int64, missed: Int64?, what: String)
  ) {
    let finding = GapFinding(gap: 10..<20, firstRecord: seen.first, low: seen.low)
    #expect(finding.expired == seen.expired, "\(seen.what)")
    #expect(finding.missed == seen.missed, "\(seen.what)")
  }
}

@Suite struct ConsumerConditionTests {
  @Test(
    arguments: [
      (silence: 3, partitions: nil, losses: nil, condition: .joining),
      (silence: 3, partitions: 4, losses: nil, condition: .working),
      (silence: 16, partitions: 4, losses: "lost", condition: .cutOff("no broker has answered for 16 s")),
      (silence: 16, partitions: nil, losses: nil, condition: .cutOff("no broker has answered for 16 s")),
      (silence: 3, partitions: 4, losses: "lost", condition: .limited("lost")),
      (
        silence: 3, partitions: 0, losses: nil,
        condition: .limited("it holds no partition: its group has more members than the topic has partitions")
      ),
    ] as [(silence: Int, partitions: Int?, losses: String?, condition: ConsumerCondition)])
  func whatIsWorthTellingFirst(
    _ consumer: (silence: Int, partitions: Int?, losses: String?, condition: ConsumerCondition)
  ) {
    let condition = ConsumerCondition(
      silence: .seconds(consumer.silence), patience: .seconds(15), partitions: consumer.partitions,
      losses: consumer.losses)
    #expect(condition == consumer.condition)
  }
}
