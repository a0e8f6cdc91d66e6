import Kafka
import Messages

/// A hard sample and where it stands.
struct HardItem: Sendable {
  let hard: HardSample
  let place: TopicPartition
  let offset: Int64
  let generation: Int
  /// The bytes of its message.
  var size = 0
}

/// What was taken and is not yet done: a line of samples for each task, and a ledger of offsets. Values in, values out.
///
/// Tasks take turns, so that a slow one, or one that is held back, does not hold up the others before the backlog is
/// full.
struct Backlog {
  private let pace: Pace
  private let paces: [String: Pace]
  private let capacity: Int
  private let capacityBytes: Int
  private var lines: [String: Line] = [:]
  /// The tasks in the order of their turns; the next one first.
  private var turns: [String] = []
  private var generations: [TopicPartition: Int] = [:]
  /// How many samples of each partition are being asked about.
  private var underWay: [TopicPartition: Int] = [:]
  private var ledger = OffsetLedger()

  /// - Parameters:
  ///   - pace: of tasks that have none of their own.
  ///   - paces: by task.
  ///   - capacityBytes: how many bytes of messages may wait before no more should be taken.
  init(pace: Pace, paces: [String: Pace] = [:], capacityBytes: Int = 32 << 20) {
    self.pace = pace
    self.paces = paces
    let most = ([pace] + paces.values).reduce(0) { $0 + $1.batchSize * $1.inFlight }
    capacity = max(2000, 4 * most)
    self.capacityBytes = capacityBytes
  }

  /// How many samples wait to be asked.
  var queuedCount: Int { lines.values.reduce(0) { $0 + $1.count } }

  /// Whether so much waits that no more should be taken.
  var isFull: Bool { queuedCount >= capacity || queuedBytes >= capacityBytes }

  /// Whether so little waits that more should be taken again. Well below `isFull`: pausing makes librdkafka throw away
  /// what it had fetched.
  var hasRoom: Bool { queuedCount <= capacity / 2 && queuedBytes <= capacityBytes / 2 }

  private var queuedBytes: Int { lines.values.reduce(0) { $0 + $1.bytes } }

  /// Whether something waits, and all of it for tasks that are held back.
  func isHeld(at now: Duration) -> Bool {
    let waiting = lines.values.filter { $0.count > 0 }
    return !waiting.isEmpty && waiting.allSatisfy { $0.heldUntil > now }
  }

  /// Notes what a batch's rebalances gave and took away: what is queued of the latter will be asked by its new owner.
  mutating func begin(_ batch: ConsumedBatch) {
    ledger.begin(batch)
    apply(batch.rebalances)
  }

  mutating func apply(_ rebalances: [Rebalance]) {
    for rebalance in rebalances {
      switch rebalance {
      case .assigned(let partitions, let generation):
        for partition in partitions { generations[partition] = generation }
      case .revoked(let partitions), .lost(let partitions):
        for partition in partitions { generations[partition] = nil }
      }
    }
    if !rebalances.isEmpty { dropOthers() }
  }

  /// Asks about nothing more of partitions that are to go: their next owner will.
  mutating func release(_ partitions: [TopicPartition]) {
    if partitions.isEmpty { return }
    for partition in partitions { generations[partition] = nil }
    dropOthers()
  }

  private mutating func dropOthers() {
    let generations = generations
    for task in turns { lines[task]?.keep { generations[$0.place] == $0.generation } }
  }

  /// Whether something of `partitions` is being asked about.
  func isUnderWay(_ partitions: [TopicPartition]) -> Bool { partitions.contains { underWay[$0, default: 0] > 0 } }

  /// Queues samples of a batch that was begun.
  mutating func append(_ items: [HardItem]) {
    for item in items {
      let task = item.hard.sample.task
      if lines[task] == nil { turns.append(task) }
      lines[task, default: Line()].append(item)
    }
  }

  /// The next samples to ask together: of one task, in their order; `nil` while as many as allowed are under way.
  /// - Parameter now: time since any fixed start.
  mutating func next(at now: Duration) -> [HardItem]? {
    for (index, task) in turns.enumerated() {
      let pace = paces[task] ?? pace
      guard let items = lines[task]?.next(pace, at: now) else { continue }
      turns.remove(at: index)
      turns.append(task)
      for item in items { underWay[item.place, default: 0] += 1 }
      return items
    }
    return nil
  }

  /// Whether a task is held back.
  func isHeld(_ task: String, at now: Duration) -> Bool { lines[task].map { $0.heldUntil > now } ?? false }

  /// Asks about no more samples of a task until then, and from then on about one batch at a time until it recovers.
  mutating func hold(_ task: String, until end: Duration) { lines[task]?.hold(until: end) }

  /// Asks about as many samples of a task at once as its pace allows, from now on.
  mutating func recover(_ task: String) { lines[task]?.recover() }

  /// Whether nothing of a task waits or is under way.
  func isIdle(_ task: String) -> Bool { lines[task].map { $0.count == 0 && $0.inFlight == 0 } ?? true }

  /// Puts samples that `next` gave, and that got no answer, at the end of their line, from where they are asked about
  /// again after a while: whoever stood behind them comes first.
  mutating func postpone(_ items: [HardItem], until due: Duration) {
    guard let task = items.first?.hard.sample.task else { return }
    let ours = items.filter { generations[$0.place] == $0.generation }
    lines[task]?.postpone(ours, until: due)
  }

  /// Notes that a message's outcome is stored, whether it was asked or rejected at once.
  mutating func finish(_ place: TopicPartition, offset: Int64, generation: Int) {
    ledger.finish(place, offset: offset, generation: generation)
  }

  /// Notes that a batch that `next` gave is no longer under way, and that its outcomes are stored.
  /// - Parameter postponed: those of it that have none, because they were put back.
  mutating func finish(_ batch: [HardItem], except postponed: [HardItem] = []) {
    guard let task = batch.first?.hard.sample.task else { return }
    lines[task]?.inFlight -= 1
    for item in batch { underWay[item.place, default: 0] -= 1 }
    for item in batch where !postponed.contains(where: { $0.place == item.place && $0.offset == item.offset }) {
      finish(item.place, offset: item.offset, generation: item.generation)
    }
  }

  /// What may be committed of partitions that are to go.
  func committable(of partitions: [TopicPartition]) -> [TopicPartition: Int64] { ledger.committable(of: partitions) }

  /// What may be committed now; taken as committed.
  mutating func takeCommittable() -> [TopicPartition: Int64] {
    let offsets = ledger.committable()
    ledger.markCommitted(offsets)
    return offsets
  }
}

/// One task's samples in their order.
private struct Line {
  var inFlight = 0
  private(set) var heldUntil = Duration.zero
  /// Of the samples that wait.
  private(set) var bytes = 0
  private var isProbing = false
  private var items: [HardItem] = []
  private var head = 0
  private var postponed: [(due: Duration, item: HardItem)] = []

  var count: Int { items.count - head + postponed.count }

  mutating func append(_ item: HardItem) {
    items.append(item)
    bytes += item.size
  }

  mutating func hold(until end: Duration) {
    heldUntil = max(heldUntil, end)
    isProbing = true
  }

  mutating func recover() {
    heldUntil = .zero
    isProbing = false
  }

  mutating func keep(_ isKept: (HardItem) -> Bool) {
    items = items[head...].filter(isKept)
    head = 0
    postponed.removeAll { !isKept($0.item) }
    bytes = items.reduce(0) { $0 + $1.size } + postponed.reduce(0) { $0 + $1.item.size }
  }

  mutating func postpone(_ items: [HardItem], until due: Duration) {
    postponed += items.map { (due, $0) }
    bytes += items.reduce(0) { $0 + $1.size }
  }

  mutating func next(_ pace: Pace, at now: Duration) -> [HardItem]? {
    guard inFlight < (isProbing ? 1 : pace.inFlight), heldUntil <= now else { return nil }
    if postponed.contains(where: { $0.due <= now }) {
      items += postponed.filter { $0.due <= now }.map(\.item)
      postponed.removeAll { $0.due <= now }
    }
    guard head < items.count else { return nil }
    let end = min(items.count, head + pace.batchSize)
    let batch = Array(items[head..<end])
    bytes -= batch.reduce(0) { $0 + $1.size }
    head = end
    // Dropping only once half is taken keeps the cost per sample constant.
    if head * 2 >= items.count {
      items.removeSubrange(..<head)
      head = 0
    }
    inFlight += 1
    return batch
  }
}
