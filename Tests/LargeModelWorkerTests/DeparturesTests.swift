import Kafka
import Testing

@testable import LargeModelWorker

@Suite(.timeLimit(.minutes(1))) struct DeparturesTests {
  private let place = TopicPartition(topic: "hard", partition: 0)

  @Test func whoAsksWaitsUntilNothingIsUnderWay() async {
    let departures = Departures()
    async let offsets = departures.offsets(of: [place])
    #expect(await departures.hasNews())
    #expect(departures.partitions == [place])
    departures.answer { partitions, isDue in
      #expect(partitions == [place] && !isDue)
      return nil
    }
    departures.answer { _, _ in [place: 7] }
    #expect(await offsets == [place: 7])
    #expect(departures.partitions.isEmpty)
  }

  @Test func whoIsCancelledTakesWhatIsDone() async {
    let departures = Departures()
    let asking = Task { await departures.offsets(of: [place]) }
    #expect(await departures.hasNews())
    asking.cancel()
    #expect(await departures.hasNews())
    departures.answer { _, isDue in isDue ? [place: 3] : nil }
    #expect(await asking.value == [place: 3])
  }

  @Test func afterTheEndNobodyWaits() async {
    let departures = Departures()
    async let before = departures.offsets(of: [place])
    #expect(await departures.hasNews())
    departures.end()
    #expect(await before.isEmpty)
    #expect(await departures.offsets(of: [place]).isEmpty)
    #expect(await !departures.hasNews())
  }
}
