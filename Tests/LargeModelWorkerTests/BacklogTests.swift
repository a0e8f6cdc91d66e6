import Kafka
import Messages
import Testing

@testable import LargeModelWorker

@Suite struct BacklogTests {
  private let place = TopicPartition(topic: "hard", partition: 0)

  private func backlog(_ pace: Pace = Pace(batchSize: 2, inFlight: 1), paces: [String: Pace] = [:]) -> Backlog {
    var backlog = Backlog(pace: pace, paces: paces)
    backlog.apply([.assigned([place], generation: 1)])
    return backlog
  }

  private func items(_ task: String, _ offsets: Range<Int64>) -> [HardItem] {
    offsets.map {
      HardItem(
        hard: HardSample(sample: Sample(id: "\($0)", task: task, text: "x"), predictions: [], routedAt: .now),
        place: place, offset: $0, generation: 1)
    }
  }

  private func offsets(_ batch: [HardItem]?) -> [Int64]? { batch?.map(\.offset) }

  @Test func tasksTakeTurnsAndEachKeepsItsPace() {
    var backlog = backlog(paces: ["b": Pace(batchSize: 1, inFlight: 2)])
    backlog.append(items("a", 0..<3) + items("b", 3..<6))
    #expect(offsets(backlog.next(at: .zero)) == [0, 1])
    #expect(offsets(backlog.next(at: .zero)) == [3])
    #expect(offsets(backlog.next(at: .zero)) == [4])
    #expect(backlog.next(at: .zero) == nil)
    backlog.finish(items("a", 0..<2))
    #expect(offsets(backlog.next(at: .zero)) == [2])
    #expect(backlog.queuedCount == 1)
  }

  @Test func itIsFullOfBytesBeforeItIsFullOfSamples() {
    var backlog = Backlog(pace: Pace(batchSize: 2, inFlight: 1), capacityBytes: 100)
    backlog.apply([.assigned([place], generation: 1)])
    let large = items("a", 0..<4).map { item in
      var item = item
      item.size = 30
      return item
    }
    backlog.append(Array(large[..<3]))
    #expect(!backlog.isFull && !backlog.hasRoom)
    backlog.append([large[3]])
    #expect(backlog.isFull)
    let batch = backlog.next(at: .zero) ?? []
    #expect(batch.count == 2 && !backlog.isFull && !backlog.hasRoom)
    backlog.postpone(batch, until: .seconds(1))
    #expect(backlog.isFull)
    backlog.finish(batch, except: batch)
    backlog.apply([.revoked([place])])
    #expect(backlog.hasRoom)
  }

  @Test func aTaskThatIsHeldBackLetsTheOthersPass() {
    var backlog = backlog()
    backlog.append(items("a", 0..<2) + items("b", 2..<4))
    backlog.hold("a", until: .seconds(5))
    #expect(backlog.isHeld("a", at: .zero) && !backlog.isHeld(at: .zero))
    #expect(offsets(backlog.next(at: .zero)) == [2, 3])
    #expect(backlog.next(at: .seconds(4)) == nil && backlog.isHeld(at: .seconds(4)))
    #expect(offsets(backlog.next(at: .seconds(5))) == [0, 1])
    #expect(!backlog.isHeld(at: .seconds(5)))
  }

  @Test func whatIsPostponedComesLastAndAfterItsTimeUnlessItsPartitionWentMeanwhile() {
    var backlog = backlog()
    backlog.append(items("a", 0..<4))
    let first = backlog.next(at: .zero) ?? []
    backlog.postpone(first, until: .seconds(5))
    backlog.finish(first, except: first)
    #expect(backlog.queuedCount == 4 && !backlog.isHeld(at: .zero))
    let second = backlog.next(at: .zero)
    #expect(offsets(second) == [2, 3])
    backlog.finish(second ?? [])
    #expect(backlog.next(at: .seconds(4)) == nil && !backlog.isIdle("a"))
    #expect(offsets(backlog.next(at: .seconds(5))) == [0, 1])
    backlog.postpone(first, until: .seconds(9))
    backlog.apply([.revoked([place])])
    #expect(backlog.queuedCount == 0)
    backlog.postpone(first, until: .seconds(9))
    #expect(backlog.queuedCount == 0)
  }

  @Test func aTaskThatWasHeldBackIsAskedBatchByBatchUntilItRecovers() {
    var backlog = backlog(Pace(batchSize: 1, inFlight: 3))
    backlog.append(items("a", 0..<5))
    backlog.hold("a", until: .seconds(5))
    #expect(backlog.next(at: .seconds(4)) == nil)
    #expect(offsets(backlog.next(at: .seconds(5))) == [0])
    #expect(backlog.next(at: .seconds(5)) == nil)
    backlog.recover("a")
    #expect(offsets(backlog.next(at: .seconds(5))) == [1] && offsets(backlog.next(at: .seconds(5))) == [2])
  }

  @Test func aPartitionThatIsToGoEndsWithWhatWasBegun() {
    let other = TopicPartition(topic: "hard", partition: 1)
    var backlog = backlog()
    backlog.apply([.assigned([other], generation: 2)])
    backlog.append(items("a", 0..<4))
    let begun = backlog.next(at: .zero) ?? []
    backlog.release([place])
    #expect(backlog.queuedCount == 0)
    #expect(backlog.isUnderWay([other, place]) && !backlog.isUnderWay([other]))
    // What could not be asked about after all is its next owner's.
    backlog.postpone([begun[1]], until: .zero)
    #expect(backlog.queuedCount == 0)
    backlog.finish(begun, except: [begun[1]])
    #expect(!backlog.isUnderWay([place]))
  }

  @Test func itIsFullLongBeforeMemoryIs() {
    var backlog = backlog(paces: ["a": Pace(batchSize: 1, inFlight: 1_000)])
    backlog.append(items("a", 0..<4_007))
    #expect(!backlog.isFull)
    backlog.append(items("a", 4_007..<4_008))
    #expect(backlog.isFull && !backlog.hasRoom)
  }
}
