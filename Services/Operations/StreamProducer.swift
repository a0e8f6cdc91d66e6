import Kafka
import Messages
import Streams
import Tasks

/// Pushes samples into the stream, no faster than asked for and no faster than its consumers follow.
public struct StreamProducer: Sendable {
  /// How fast.
  public struct Pace: Sendable {
    /// Samples a second; `nil` for as fast as the broker takes them.
    public var rate: Double?
    /// For each topic the group that must keep up with it, so that a broker that forgets what it has no room for loses
    /// nothing; empty: nobody is waited for.
    public var followers: [String: String]
    /// How many messages a group may lag behind.
    public var maximumLag: Int

    /// As fast as the broker takes them, and waiting for nobody.
    public init(rate: Double? = nil, followers: [String: String] = [:], maximumLag: Int = 5000) {
      self.rate = rate
      self.followers = followers
      self.maximumLag = maximumLag
    }
  }

  private let kafka: KafkaSettings
  private let topic: Topic<Sample>
  private let pace: Pace
  /// How many samples are pushed together.
  private static let batchSize = 500
  /// Bytes of inputs after which what is there goes on its way: pictures may be large.
  private static let batchBytes = 16 << 20

  /// A producer to `topic`.
  public init(kafka: KafkaSettings, topic: Topic<Sample>, pace: Pace = Pace()) {
    self.kafka = kafka
    self.topic = topic
    self.pace = pace
  }

  /// Pushes samples in their order and returns once the broker has acknowledged all.
  /// - Throws: `TaskError` at the end, naming samples that were too large; `KafkaError`.
  public func push(_ samples: some Sequence<Sample>) async throws {
    var iterator = samples.makeIterator()
    try await push(next: { iterator.next() })
  }

  /// The same of samples that come one after the other.
  /// - Parameters:
  ///   - next: the next sample, `nil` at the end; what it throws ends the push, once what it gave before is there.
  ///   - mustWait: whether `next` would wait now: then what is there goes on its way.
  ///   - progress: called with the number of samples acknowledged so far.
  public func push(
    next: () throws -> Sample?, mustWait: () -> Bool = { false }, progress: (Int) -> Void = { _ in }
  ) async throws {
    let producer = try Producer(settings: kafka)
    let admin = try Admin(settings: kafka)
    let clock = ContinuousClock()
    let start = clock.now
    var rate = pace.rate.map { ProductionPace(rate: $0, at: .zero) }
    var size = rate?.batchSize(at: .zero) ?? Self.batchSize
    var (batch, ids, done, oversized) = (OutgoingBatch(), [String](), 0, [String]())
    var bytes = 0
    func flush() async throws {
      guard !batch.isEmpty else { return }
      try await waitForFollowers(admin)
      // The clock sets the pace; nothing is synchronised by it.
      while let wait = rate?.wait(for: batch.count, at: clock.now - start), wait > .zero {
        try await clock.sleep(for: wait)
      }
      rate?.take(batch.count)
      let tooLarge = try await OversizedRecords.publishOthers(of: batch, by: producer)
      oversized += tooLarge.map { ids[$0] }
      size = rate?.batchSize(at: clock.now - start) ?? Self.batchSize
      done += batch.count - tooLarge.count
      batch.removeAll()
      bytes = 0
      ids.removeAll(keepingCapacity: true)
      progress(done)
    }
    var failure: (any Error)?
    while failure == nil {
      do {
        guard let sample = try next() else { break }
        batch.append(sample, to: topic)
        ids.append(sample.id)
        bytes += sample.input.byteCount
      } catch { failure = error }
      if batch.count >= size || bytes >= Self.batchBytes || mustWait() { try await flush() }
    }
    try await flush()
    try await producer.close()
    if let failure { throw failure }
    guard oversized.isEmpty else {
      throw TaskError(
        "\(oversized.count) samples are larger than the broker takes (max.message.bytes) and were not pushed: "
          + oversized.prefix(10).joined(separator: ", ") + (oversized.count > 10 ? ", …" : ""))
    }
  }

  /// Waits until each follower is within the lag. Kafka does not tell of commits, so it is asked again and again.
  private func waitForFollowers(_ admin: Admin) async throws {
    for (topic, group) in pace.followers {
      while try await admin.progress(of: group, in: [topic]).lag > pace.maximumLag {
        try await Task.sleep(for: .milliseconds(20))
      }
    }
  }
}
