import CLibrdkafka
import Foundation
import Synchronization

/// Closes a consumer on a thread of its own, so that there is an end to waiting for it: in librdkafka 2.0.2
/// `rd_kafka_consumer_close` was seen not to return, rarely and beside an idle group.
final class ConsumerClosing: Sendable {
  private let code = Mutex<rd_kafka_resp_err_t.RawValue?>(nil)
  private let ended = DispatchSemaphore(value: 0)

  /// Begins. What the consumer calls back until the end comes on the new thread, while the consumer's own waits.
  init(_ handle: ClientHandle) {
    // It holds the handle: a client that does not come back is never destroyed.
    Thread.detachNewThread { [self] in
      let outcome = rd_kafka_consumer_close(handle.pointer).rawValue
      code.withLock { $0 = outcome }
      ended.signal()
    }
  }

  /// Waits for the end.
  /// - Returns: `nil` where there is none in time.
  func outcome(within limit: Duration) -> rd_kafka_resp_err_t? {
    _ = ended.wait(timeout: .now() + .milliseconds(Int(limit.milliseconds)))
    return code.withLock { $0 }.map { rd_kafka_resp_err_t(rawValue: $0) }
  }
}
