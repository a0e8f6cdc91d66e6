import CLibrdkafka
import Synchronization

/// Whether a consumer has asked its group to be taken in anew and does not know its generation yet.
///
/// A commit that is sent meanwhile waits behind that question, since a broker answers a connection's requests one by
/// one. It is then refused for its former generation, and librdkafka before 2.10 gives up every partition for it
/// (https://github.com/confluentinc/librdkafka/issues/4059).
final class GroupJoin: Sendable {
  private let isWaiting = Atomic<Bool>(false)

  /// Whether the answer is outstanding.
  var isUnderWay: Bool { isWaiting.load(ordering: .acquiring) }

  /// Kafka's numbers of the requests (protocol guide, "API keys").
  private enum Request {
    static let joinGroup: Int16 = 11
    static let syncGroup: Int16 = 14
  }

  /// Notes a request of the consumer. Who asks for its partitions has learnt its generation.
  func noteSent(request: Int16) {
    switch request {
    case Request.joinGroup: isWaiting.store(true, ordering: .releasing)
    case Request.syncGroup: isWaiting.store(false, ordering: .releasing)
    default: break
    }
  }

  /// Lets `configuration`'s client tell its `ClientEvents`, which `opaque` points to and which outlive it, of requests.
  static func watch(_ configuration: OpaquePointer, _ opaque: UnsafeMutableRawPointer) throws {
    let added = rd_kafka_conf_interceptor_add_on_new(
      configuration, name,
      { client, _, opaque, _, _ in
        // Called on librdkafka's threads; it must not call back into librdkafka.
        rd_kafka_interceptor_add_on_request_sent(
          client, GroupJoin.name,
          { _, _, _, _, request, _, _, _, opaque in
            guard let opaque else { return RD_KAFKA_RESP_ERR_NO_ERROR }
            Unmanaged<ClientEvents>.fromOpaque(opaque).takeUnretainedValue().membership?.join.noteSent(request: request)
            return RD_KAFKA_RESP_ERR_NO_ERROR
          }, opaque)
      }, opaque)
    try KafkaError.check(added, "watching requests")
  }

  private static let name = "group-join"
}
