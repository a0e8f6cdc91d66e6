import Foundation
import JSON
import Kafka
import Messages
import Postgres
import ResultStore

/// Puts rejected samples back into the stream.
///
/// A rejection is marked only once the broker has its sample, and one replay runs at a time, so a second one finds
/// nothing left to do. A replay that is killed in between may push a sample again: it is answered once nevertheless.
public struct RejectionReplay: Sendable {
  /// Which rejections.
  public struct Selection: Sendable {
    /// Only this task's; `nil` for all, those without a task among them.
    public var task: String?
    /// Only those whose reason holds this text.
    public var reason: String?
    /// Only these numbers; empty for all.
    public var numbers: Set<Int> = []

    /// All of them.
    public init(task: String? = nil, reason: String? = nil, numbers: Set<Int> = []) {
      self.task = task
      self.reason = reason
      self.numbers = numbers
    }

    /// Whether a rejection is one of them.
    public func holds(_ rejection: StoredRejection) -> Bool {
      (numbers.isEmpty || numbers.contains(rejection.number)) && (task == nil || rejection.row.task == task)
        && (reason.map { rejection.row.reason.contains($0) } ?? true)
    }
  }

  /// What a replay did.
  public struct Outcome: Sendable, Equatable {
    /// How many samples stand in the stream again.
    public var replayed = 0
    /// Why others cannot, by the rejection's number.
    public var refused: [Int: String] = [:]
  }

  /// How many are read and pushed together.
  private static let pageSize = 500
  private let deployment: Deployment

  /// A replay in a deployment.
  public init(_ deployment: Deployment) { self.deployment = deployment }

  /// Replays what stands open now; what is rejected anew meanwhile is left for the next time.
  public func run(_ selection: Selection) async throws -> Outcome {
    guard let lock = try await AdvisoryLock.tryAcquire("rejection replay", deployment.database("replay")) else {
      throw PostgresError(.usage, "another replay runs; wait for its end")
    }
    let connection = try Connection(deployment.database("replay"))
    let producer = try Producer(settings: deployment.settings.kafka)
    var outcome = Outcome()
    let store = ResultStore(connection, backoff: Backoff(attempts: 5))
    try await replay(selection, store, producer, lock, &outcome)
    try await producer.close()
    await connection.close()
    await lock.release()
    return outcome
  }

  private func replay(
    _ selection: Selection, _ store: ResultStore, _ producer: Producer, _ lock: AdvisoryLock, _ outcome: inout Outcome
  ) async throws {
    let last = try await store.lastRejection()
    var position = 0
    while position < last {
      let page = try await store.openRejections(after: position, limit: Self.pageSize).filter { $0.number <= last }
      guard let end = page.last?.number else { return }
      position = end
      var (batch, numbers) = (OutgoingBatch(), [Int]())
      for rejection in page where selection.holds(rejection) {
        do throws(ReplayRefusal) {
          let record = try Self.record(of: rejection.row, deployment.settings.topics)
          let headers = rejection.row.format.map { [RecordHeader(MessageFormat.header, $0)] } ?? []
          batch.append(to: record.topic, key: record.key.utf8, value: rejection.row.payload, headers: headers)
          numbers.append(rejection.number)
        } catch {
          outcome.refused[rejection.number] = error.reason
        }
      }
      guard !numbers.isEmpty else { continue }
      guard try await lock.isHeld() else {
        throw PostgresError(.usage, "the connection broke, and with it the lock of replays; run it again")
      }
      for record in try await OversizedRecords.publishOthers(of: batch, by: producer).sorted(by: >) {
        let number = numbers.remove(at: record)
        outcome.refused[number] =
          "it is too large for the topic \(batch.topic(of: record)); raise the topic's max.message.bytes"
      }
      outcome.replayed += try await store.markReplayed(numbers)
    }
  }

  /// Where a rejected message belongs, and its key: a sample starts anew, whatever worker gave it up; an answer that could
  /// not be recorded is recorded once it can be, and is no sample, whose truth its label would be.
  static func record(of row: RejectionRow, _ topics: Topics) throws(ReplayRefusal) -> ReplayedRecord {
    guard let payload = row.payload else { throw ReplayRefusal("it is a tombstone, a message without a value") }
    if row.isTruncated { throw ReplayRefusal("only the first \(payload.count) of \(row.originalSize) bytes are kept") }
    if row.topic == topics.rejected.name {
      throw ReplayRefusal("it is a rejection itself, of which no worker can read more")
    }
    do {
      let decoder = try MessageDecoder()
      return try payload.withUnsafeBytes { bytes throws(JSONError) in
        try decoder.decode(bytes, format: row.format) { json, format throws(JSONError) in
          if row.topic == topics.labels.name {
            return ReplayedRecord(topic: topics.labels.name, key: try GoldLabel(json: json, format: format).id)
          }
          // A sample may have these fields, too, which nobody reads then.
          let isAnswer = json["answered_by"] != nil && json["model_version"] != nil && row.topic != topics.samples.name
          if isAnswer || row.topic == topics.results.name {
            return ReplayedRecord(topic: topics.results.name, key: try Answer(json: json, format: format).id)
          }
          guard row.topic != topics.samples.name, json["sample"] != nil, json["routed_at"] != nil else {
            return ReplayedRecord(topic: topics.samples.name, key: try Sample(json: json, format: format).id)
          }
          return ReplayedRecord(topic: topics.hard.name, key: try HardSample(json: json, format: format).sample.id)
        }
      }
    } catch {
      throw ReplayRefusal("it is still unreadable: \(row.reason)")
    }
  }
}

/// Where a rejected message goes.
struct ReplayedRecord: Equatable {
  let topic: String
  let key: String
}

/// Why a rejected message cannot be replayed.
struct ReplayRefusal: Error {
  let reason: String

  init(_ reason: String) { self.reason = reason }
}
