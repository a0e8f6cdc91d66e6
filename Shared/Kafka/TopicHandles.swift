import CLibrdkafka
import Synchronization

/// Owns an `rd_kafka_topic_t`, before its client goes.
final class TopicHandle: @unchecked Sendable {  // Thread-safe in librdkafka, and the pointer never changes.
  let pointer: OpaquePointer
  private let client: ClientHandle

  init(_ name: String, _ client: ClientHandle) throws {
    guard let pointer = rd_kafka_topic_new(client.pointer, name, nil) else {
      throw client.lastError("topic \"\(name)\"")
    }
    self.pointer = pointer
    self.client = client
  }

  deinit { rd_kafka_topic_destroy(pointer) }
}

/// The topics a producer has sent to.
final class TopicHandles: Sendable {
  private let client: ClientHandle
  private let handles = Mutex<[String: TopicHandle]>([:])

  init(_ client: ClientHandle) { self.client = client }

  func handle(for name: String) throws -> TopicHandle {
    try handles.withLock { handles in
      if let known = handles[name] { return known }
      let handle = try TopicHandle(name, client)
      handles[name] = handle
      return handle
    }
  }
}
