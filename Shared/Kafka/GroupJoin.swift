import CLibrdkafka
import Synchronization

/// Whether a consumer asks its group to be taken in anew and has not been given its partitions yet.
///
/// A commit that is sent meanwhile waits behind that question, since a broker answers a connection's requests one by
/// one. It is then refused for its former generation, and librdkafka from 1.6 until a fix of 2025 gives up every partition
/// for it (https://github.com/confluentinc/librdkafka/issues/4059).
final class GroupJoin: Sendable {
  private let isWaiting = Atomic<Bool>(false)
  private let isUnserved = Atomic<Bool>(false)

  /// Whether the answer is outstanding.
  var isUnderWay: Bool { isWaiting.load(ordering: .acquiring) }

  /// Whether the group has answered, and the rebalance callback that brings the answer has not been served yet.
  /// librdkafka 2.0.2 never ends a client that is closed or destroyed just then.
  var hasUnservedAnswer: Bool { isUnserved.load(ordering: .acquiring) }

  /// Notes that partitions go, after which a member asks at once, unless it leaves.
  func noteAhead() { isWaiting.store(true, ordering: .releasing) }

  /// Notes what goes out to a broker, by the protocol's number.
  func noteSent(_ request: Int16) {
    guard request == EmbeddedBroker.Request.joinGroup.rawValue else { return }
    isWaiting.store(true, ordering: .releasing)
    isUnserved.store(false, ordering: .releasing)
  }

  /// Notes what a broker answers, or fails to.
  func noteAnswered(_ request: Int16, isFailure: Bool = false) {
    guard request == EmbeddedBroker.Request.syncGroup.rawValue else { return }
    if !isFailure { isUnserved.store(true, ordering: .releasing) }
    isWaiting.store(false, ordering: .releasing)
  }

  /// Notes that the rebalance callback was served.
  func noteServed() { isUnserved.store(false, ordering: .releasing) }

  /// Lets `configuration`'s client tell its `ClientEvents`, which `opaque` points to and which outlive it, of requests.
  static func watch(_ configuration: OpaquePointer, _ opaque: UnsafeMutableRawPointer) throws {
    let added = rd_kafka_conf_interceptor_add_on_new(
      configuration, name, { client, _, opaque, _, _ in GroupJoin.watch(client: client, opaque) }, opaque)
    try KafkaError.check(added, "watching requests")
  }

  private static let name = "group-join"

  /// Its closures run on librdkafka's threads, and must not call librdkafka.
  private static func watch(client: OpaquePointer?, _ opaque: UnsafeMutableRawPointer?) -> rd_kafka_resp_err_t {
    let failure = rd_kafka_interceptor_add_on_request_sent(
      client, name,
      { _, _, _, _, request, _, _, _, opaque in
        GroupJoin.events(opaque)?.membership?.join.noteSent(request)
        return RD_KAFKA_RESP_ERR_NO_ERROR
      }, opaque)
    if failure != RD_KAFKA_RESP_ERR_NO_ERROR { return failure }
    return rd_kafka_interceptor_add_on_response_received(
      client, name,
      { _, _, _, _, request, _, _, _, _, error, opaque in
        let events = GroupJoin.events(opaque)
        let isFailure = error != RD_KAFKA_RESP_ERR_NO_ERROR
        events?.membership?.join.noteAnswered(request, isFailure: isFailure)
        if !isFailure { events?.contact.noteAnswer() }
        return RD_KAFKA_RESP_ERR_NO_ERROR
      }, opaque)
  }

  private static func events(_ opaque: UnsafeMutableRawPointer?) -> ClientEvents? {
    opaque.map { Unmanaged<ClientEvents>.fromOpaque($0).takeUnretainedValue() }
  }
}
