import Logging
import Metrics
import Synchronization

/// What the broker had deleted of a consumer's partitions before it was read, and what librdkafka had passed over and
/// was made to read again: logged, counted for `/metrics`, and added up by topic.
final class ReadLosses: Sendable {
  private let logger: Logger
  private let sums = Mutex<[String: Sums]>([:])

  private struct Sums {
    var expired: Int64 = 0
    var returns = 0
  }

  init(logger: Logger) { self.logger = logger }

  /// Notes what a gap turned out to be.
  func note(_ finding: GapFinding, of partition: TopicPartition, in gap: Range<Int64>) {
    let topic = partition.topic
    if finding.expired > 0 {
      sums.withLock { $0[topic, default: Sums()].expired += finding.expired }
      Counter(label: "shunt_kafka_expired_offsets_total", dimensions: [("topic", topic)]).increment(by: finding.expired)
      logger.error(
        """
        \(partition): \(finding.expired) offsets from \(gap.lowerBound) on were deleted by the broker before they were \
        read, and are lost; keep \(topic) for longer (retention.ms, retention.bytes), or start more workers
        """)
    }
    if let missed = finding.missed {
      sums.withLock { $0[topic, default: Sums()].returns += 1 }
      Counter(label: "shunt_kafka_gaps_total", dimensions: [("topic", topic)]).increment()
      logger.error(
        """
        \(partition): offset \(gap.lowerBound) was expected and \(gap.upperBound) came, though records stand from \
        \(missed) on; it goes back to them, and nothing behind is committed before. Should this come again, tell the \
        project, with the version of librdkafka
        """)
    }
  }

  /// What an operator should know; `nil` where nothing was missing.
  var summary: String? {
    let lines = sums.withLock { sums in
      sums.sorted { $0.key < $1.key }.flatMap { topic, sums in
        (sums.expired > 0 ? ["\(sums.expired) offsets of \(topic) were deleted before they were read"] : [])
          + (sums.returns > 0 ? ["\(sums.returns) gaps of \(topic) were read again"] : [])
      }
    }
    return lines.isEmpty ? nil : lines.joined(separator: "; ")
  }
}
