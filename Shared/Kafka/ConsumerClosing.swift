import CLibrdkafka
import Foundation

extension ClientHandle {
  /// Closes a consumer on a thread of its own, so that there is an end to waiting for it: in librdkafka 2.0.2
  /// `rd_kafka_consumer_close` was seen not to return, rarely and beside an idle group. What the consumer calls back
  /// until the end comes on the new thread, while the caller's waits.
  /// - Returns: `nil` where it does not end in time.
  func closeConsumer(within limit: Duration) -> rd_kafka_resp_err_t? {
    let outcome = ThreadAnswer<rd_kafka_resp_err_t.RawValue>()
    // The closure holds the handle: a client that does not come back is never destroyed.
    Thread.detachNewThread { outcome.give(rd_kafka_consumer_close(self.pointer).rawValue) }
    return outcome.wait(for: limit).map { rd_kafka_resp_err_t(rawValue: $0) }
  }
}
