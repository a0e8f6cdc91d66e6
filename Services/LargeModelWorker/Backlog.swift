import Kafka
import Messages

/// A hard sample and where it stands.
struct HardItem: Sendable {
  let hard: HardSample
  let place: TopicPartition
  let offset: Int64
  let generation: Int
}

/// What was taken and is not yet done: a queue, and a ledger of offsets. Values in, values out.
struct Backlog {
  private let batchSize: Int
  private let inFlightLimit: Int
  private var queue: [HardItem] = []
  private var head = 0
  private var inFlight = 0
  private var ledger = OffsetLedger()

  init(batchSize: Int, inFlight: Int) {
    self.batchSize = batchSize
    inFlightLimit = inFlight
  }

  /// How many samples wait to be asked.
  var queuedCount: Int { queue.count - head }

  /// Whether so much waits that no more should be taken.
  var isFull: Bool { queuedCount >= capacity }

  /// Whether so little waits that more should be taken again. Well below `isFull`: pausing makes librdkafka throw away
  /// what it had fetched.
  var hasRoom: Bool { queuedCount <= capacity / 2 }

  private var capacity: Int { max(2000, 4 * batchSize * inFlightLimit) }

  /// Whether nothing is under way.
  var isIdle: Bool { inFlight == 0 }

  /// Notes what a batch's rebalances took away: what is queued of it will be asked by its new owner.
  mutating func begin(_ batch: ConsumedBatch) {
    ledger.begin(batch)
    let gone = batch.rebalances.reduce(into: Set<TopicPartition>()) { gone, rebalance in
      switch rebalance {
      case .revoked(let partitions), .lost(let partitions): gone.formUnion(partitions)
      case .assigned: break
      }
    }
    guard !gone.isEmpty else { return }
    queue = queue[head...].filter { !gone.contains($0.place) }
    head = 0
  }

  /// Queues samples of a batch that was begun.
  mutating func append(_ items: [HardItem]) { queue.append(contentsOf: items) }

  /// The next samples to ask together: of one task, in their order; `nil` while as many as allowed are under way.
  mutating func next() -> [HardItem]? {
    guard inFlight < inFlightLimit, head < queue.count else { return nil }
    let task = queue[head].hard.sample.task
    let end = queue[head...].prefix(batchSize).prefix { $0.hard.sample.task == task }.endIndex
    let items = Array(queue[head..<end])
    head = end
    if head * 2 >= queue.count {
      queue.removeSubrange(..<head)
      head = 0
    }
    inFlight += 1
    return items
  }

  /// Notes that a message's outcome is stored, whether it was asked or rejected at once.
  mutating func finish(_ place: TopicPartition, offset: Int64, generation: Int) {
    ledger.finish(place, offset: offset, generation: generation)
  }

  /// Notes that samples that `next` gave have their outcome stored.
  mutating func finish(_ items: [HardItem]) {
    inFlight -= 1
    for item in items { finish(item.place, offset: item.offset, generation: item.generation) }
  }

  /// What may be committed now; taken as committed.
  mutating func takeCommittable() -> [TopicPartition: Int64] {
    let offsets = ledger.committable()
    ledger.markCommitted(offsets)
    return offsets
  }
}
