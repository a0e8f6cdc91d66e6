import CLibrdkafka
import Concurrency
import Foundation
import Logging
import Synchronization

/// Owns an `rd_kafka_t`. Whoever holds something that librdkafka ties to it (messages, queues, topics) holds this too,
/// because `rd_kafka_destroy` must come after all of them.
final class ClientHandle: @unchecked Sendable {  // `rd_kafka_t` is thread-safe, and the pointer never changes.
  let pointer: OpaquePointer
  let events: ClientEvents

  /// - Parameter leavesGroup: `false` for consumers: one that goes without `close` behaves like a crashed process.
  init(_ kind: rd_kafka_type_t, _ configuration: consuming ClientConfiguration, _ events: ClientEvents) throws {
    // librdkafka's callbacks get `events` as a bare pointer: one retain, released once no callback can come any more.
    let opaque = Unmanaged.passRetained(events)
    configuration.withPointer { pointer in
      rd_kafka_conf_set_opaque(pointer, opaque.toOpaque())
      rd_kafka_conf_set_log_cb(pointer) { client, level, facility, text in
        ClientEvents.of(client)?.log(level, facility, text)
      }
      rd_kafka_conf_set_error_cb(pointer) { client, code, reason, _ in
        ClientEvents.of(client)?.failed(rd_kafka_resp_err_t(code), reason, client)
      }
    }
    do {
      let isMember = events.membership != nil
      if isMember { try configuration.withPointer { try GroupJoin.watch($0, opaque.toOpaque()) } }
      pointer = try configuration.makeClient(kind, isIntercepted: isMember)
    } catch {
      opaque.release()
      throw error
    }
    self.events = events
  }

  deinit {
    // Destroying waits for librdkafka's threads, and the last reference may go anywhere: not on a pool thread.
    nonisolated(unsafe) let client = pointer
    let events = events
    Thread.detachNewThread {
      events.membership?.serveLastAnswer(client)
      if events.membership?.mustNotBeDestroyed == true {
        // It leaves its group; the handle stays until the process ends.
        rd_kafka_consumer_close(client)
        return
      }
      rd_kafka_destroy_flags(client, Int32(RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE))
      Unmanaged.passUnretained(events).release()
    }
  }

  /// Throws the error that ended this client, if one has.
  func checkFatal() throws {
    if let fatal = events.fatal { throw fatal }
  }

  /// The thread's last error, or the fatal one behind it.
  func lastError(_ context: String) -> KafkaError {
    let code = rd_kafka_last_error()
    return code == RD_KAFKA_RESP_ERR__FATAL ? events.fatal ?? KafkaError(code, context) : KafkaError(code, context)
  }
}

/// What librdkafka calls back about one client, on threads of its own choosing.
final class ClientEvents: Sendable {
  let logger: Logger
  /// Of consumers.
  let membership: GroupMembership?
  let contact = BrokerContact()
  private let fatalError = Mutex<KafkaError?>(nil)

  init(logger: Logger, membership: GroupMembership? = nil) {
    self.logger = logger
    self.membership = membership
  }

  /// Set once, when librdkafka gives the client up.
  var fatal: KafkaError? { fatalError.withLock { $0 } }

  /// The events object behind a client, `nil` while librdkafka is still making it.
  static func of(_ client: OpaquePointer?) -> ClientEvents? {
    guard let client, let opaque = rd_kafka_opaque(client) else { return nil }
    return Unmanaged<ClientEvents>.fromOpaque(opaque).takeUnretainedValue()
  }

  func log(_ level: Int32, _ facility: UnsafePointer<CChar>?, _ text: UnsafePointer<CChar>?) {
    let facility = facility.map { String(cString: $0) } ?? ""
    let text = text.map { String(cString: $0) } ?? ""
    // Clients of all kinds share one settings value: a consumer's property at a producer is no mistake.
    let isOtherKinds = facility == "CONFWARN" && text.contains("will be ignored by this")
    logger.log(
      level: isOtherKinds ? .debug : Self.level(syslog: level), "\(text)", metadata: ["facility": "\(facility)"])
  }

  func failed(_ code: rd_kafka_resp_err_t, _ reason: UnsafePointer<CChar>?, _ client: OpaquePointer?) {
    let reason = reason.map { String(cString: $0) } ?? ""
    guard code == RD_KAFKA_RESP_ERR__FATAL, let client else {
      logger.warning("\(KafkaError.name(of: code)): \(reason)")
      return
    }
    var text = [CChar](repeating: 0, count: 512)
    let cause = rd_kafka_fatal_error(client, &text, text.count)
    let error = KafkaError(code: KafkaError.name(of: cause), message: reason, isFatal: true)
    fatalError.withLock { $0 = $0 ?? error }
    logger.critical("\(error)")
  }

  static func level(syslog level: Int32) -> Logger.Level {
    switch level {
    case ...2: .critical
    case 3: .error
    case 4: .warning
    case 5: .notice
    case 6: .info
    default: .debug
    }
  }
}

extension Duration {
  /// Whole milliseconds, rounded up, within what librdkafka's timeouts take.
  var milliseconds: Int32 {
    self >= .seconds(2_000_000) ? 2_000_000_000 : max(0, Int32(clamping: wholeMilliseconds))
  }
}
