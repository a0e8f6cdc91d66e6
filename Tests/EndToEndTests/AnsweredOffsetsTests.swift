import Testing

@testable import Kafka
@testable import Router

@Suite struct AnsweredOffsetsTests {
  private let left = TopicPartition(topic: "t", partition: 0)
  private let right = TopicPartition(topic: "t", partition: 1)

  private func answered(_ partition: TopicPartition, _ generation: Int, upTo next: Int64) -> ConsumedPartition {
    ConsumedPartition(topicPartition: partition, generation: generation, nextOffset: next, count: 1)
  }

  @Test func gathersTheNewestOfEachPartitionAndGivesItOnce() {
    let offsets = AnsweredOffsets()
    offsets.add([answered(left, 1, upTo: 5), answered(right, 1, upTo: 7)])
    offsets.add([answered(left, 1, upTo: 9)])
    #expect(offsets.offsets(held: [left: 1, right: 1]) == [left: 9, right: 7])
    offsets.forget([left: 9, right: 7])
    #expect(offsets.offsets(held: [left: 1, right: 1]).isEmpty)
  }

  @Test func whatWasAnsweredAfterACommitIsKept() {
    let offsets = AnsweredOffsets()
    offsets.add([answered(left, 1, upTo: 5)])
    offsets.add([answered(left, 1, upTo: 9)])
    offsets.forget([left: 5])
    #expect(offsets.offsets(held: [left: 1]) == [left: 9])
  }

  @Test func aPartitionThatGoesTakesOnlyItsOwn() {
    let offsets = AnsweredOffsets()
    offsets.add([answered(left, 1, upTo: 5), answered(right, 2, upTo: 7)])
    #expect(offsets.offsets(held: [left: 1]) == [left: 5])
    #expect(offsets.offsets(held: [right: 2]) == [right: 7])
  }

  @Test func whatWasAnsweredInAnEarlierGenerationIsForgotten() {
    let offsets = AnsweredOffsets()
    offsets.add([answered(left, 1, upTo: 5)])
    #expect(offsets.offsets(held: [left: 3]).isEmpty)
    offsets.add([answered(left, 3, upTo: 8)])
    #expect(offsets.offsets(held: [left: 3]) == [left: 8])
  }

  @Test func newsEndOnceAllWasTold() async {
    let offsets = AnsweredOffsets()
    offsets.add([answered(left, 1, upTo: 5)])
    offsets.add([answered(left, 1, upTo: 6)])
    offsets.endNews()
    var told = 0
    while await offsets.news.wait() { told += 1 }
    #expect(told == 1)
  }
}
