import Kafka
import Messages
import Streams

/// Sends what the plan says, never far ahead of what the deployment has done with it: an embedded broker's partition
/// forgets what is older than its newest 5 MiB.
struct Feed: Sendable {
  let samples: any SoakSamples
  let producer: Producer
  let topics: Topics
  let database: SoakDatabase
  /// Called with the messages that have their outcome.
  let progress: @Sendable (Int) async -> Void

  /// So many messages may be without an outcome before more are sent.
  static let most = 4_000
  /// Of good samples together.
  private static let batchSize = 500

  /// Sends good samples.
  /// - Parameter sent: messages sent before.
  func send(_ numbers: Range<Int>, after sent: Int) async throws {
    var batch = OutgoingBatch()
    for number in numbers {
      batch.append(
        Sample(
          id: SoakID.sample(number), task: SoakTask.name, input: try samples.makeInput(number), producedAt: .now),
        to: topics.samples)
      guard batch.count == Self.batchSize || number == numbers.upperBound - 1 else { continue }
      try await room(for: Self.most, sent: sent + number - numbers.lowerBound)
      try await producer.publish(batch)
      batch.removeAll()
    }
  }

  /// Sends an odd message; a large one alone.
  /// - Returns: false where no broker takes it, as it must be with a producer's own limits.
  func send(_ message: OddMessage, number: Int, after sent: Int) async throws -> Bool {
    let id = SoakID.odd(number)
    let record = message.make(id)
    let isLarge = (record.value?.count ?? 0) > OddMessage.largestInCompany
    if isLarge { try await room(for: 0, sent: sent) }
    var batch = OutgoingBatch()
    batch.append(
      to: topic(of: message), key: id.utf8, value: record.value,
      headers: record.headers.map { RecordHeader($0.key, Array($0.value.utf8)) })
    do { try await producer.publish(batch) } catch let error as KafkaError where error.code == "MSG_SIZE_TOO_LARGE" {
      return false
    }
    if isLarge { try await room(for: 0, sent: sent + 1) }
    return true
  }

  private func topic(of message: OddMessage) -> String {
    switch message.target {
    case .samples: topics.samples.name
    case .hard: topics.hard.name
    case .results: topics.results.name
    case .rejected: topics.rejected.name
    }
  }

  /// Waits until at most `limit` of those sent have no outcome.
  /// - Throws: `SoakError` where none of them gets one for a long time.
  private func room(for limit: Int, sent: Int) async throws {
    var patience = Patience()
    while true {
      let done = try await database.outcomes()
      await progress(done)
      if done >= sent - limit { return }
      try patience.wait(done, "only \(done) of \(sent) messages have an outcome")
      try await Task.sleep(for: .milliseconds(100))
    }
  }
}

/// Gives up once a number has not changed for a long time.
struct Patience {
  /// A dead member's session, a database that starts, a server that is left alone for a while, and all that under load.
  var limit = Duration.seconds(150)
  private var last = -1
  private var since = ContinuousClock.now

  /// - Throws: `SoakError` with `words` where `count` is the same as `limit` ago.
  mutating func wait(_ count: Int, _ words: @autoclosure () -> String) throws {
    if count != last {
      last = count
      since = .now
    } else if ContinuousClock.now - since > limit {
      throw SoakError("\(words()), and nothing has moved for \(limit)")
    }
  }
}
