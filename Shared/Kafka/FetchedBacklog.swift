import CLibrdkafka

/// When librdkafka must be reminded to fetch.
///
/// It stops once its queue is full. Before version 2.2 it only looks again when something wakes the broker's thread:
/// nothing may for a second, in which a fast consumer runs dry. Any request to that broker wakes it; one to the leaders
/// does not help who fetches from other replicas (`client.rack`). Later versions look again after
/// `fetch.queue.backoff.ms`.
struct FetchedBacklog {
  static let isNeeded = rd_kafka_version() < 0x0202_0000
  /// Fewer can be the usual coming and going; so a queue that is full with fewer, of huge messages, is left to itself.
  static let smallestPeak = 1000
  private var peak = 0

  /// - Parameter count: the messages that are ready now.
  /// - Returns: whether half of what was ready at most since the last such answer is gone.
  mutating func hasDrained(to count: Int) -> Bool {
    peak = max(peak, count)
    guard peak >= Self.smallestPeak, count <= peak / 2 else { return false }
    peak = count
    return true
  }
}
