/// The records of a batch that a broker, or librdkafka before it, takes for too large.
///
/// A broker refuses a whole request for one of its records. So what failed together is sent again, each by itself, and only
/// what fails by itself is refused.
public struct OversizedRecords: Sendable {
  /// Positions of records that failed together, and not by themselves so far.
  private var suspects: [Int] = []
  /// Positions of those that failed by themselves.
  public private(set) var refused: [Int] = []

  /// None is known yet.
  public init() {}

  /// Publishes a batch without those of its records that are too large, outside of transactions.
  /// - Returns: the positions of those that are.
  public static func publishOthers(of batch: OutgoingBatch, by producer: Producer) async throws -> [Int] {
    var oversized = OversizedRecords()
    do {
      try await producer.publish(batch)
    } catch let error as KafkaError where error.isTooLarge {
      for record in error.failedRecords {
        do { try await oversized.publish(record, of: batch, by: producer) } catch let error as KafkaError
          where error.isTooLarge
        { continue }
      }
    }
    return oversized.refused
  }

  /// The same in a transaction, which such a record makes fail: then the caller begins another, with this value as it is
  /// now, until none fails.
  /// - Throws: `KafkaError`, one that `isTooLarge` where another transaction is to be tried.
  public mutating func publishOthers(of batch: OutgoingBatch, inTransactionOf producer: Producer) async throws {
    let apart = Set(suspects + refused)
    do {
      let others = (0..<batch.count).filter { !apart.contains($0) }
      try await producer.publish(apart.isEmpty ? batch : batch.selecting(others))
    } catch let error as KafkaError where error.isTooLarge && apart.isEmpty {
      suspects = error.failedRecords
      throw error
    }
    for record in suspects { try await publish(record, of: batch, by: producer) }
  }

  private mutating func publish(_ record: Int, of batch: OutgoingBatch, by producer: Producer) async throws {
    do {
      try await producer.publish(batch.selecting([record]))
    } catch let error as KafkaError where error.isTooLarge {
      suspects.removeAll { $0 == record }
      refused.append(record)
      throw error
    }
  }
}
