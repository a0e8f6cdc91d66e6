import CLibrdkafka

/// Errors that come among a poll's messages. Those that librdkafka overcomes are logged; the first other one fails the
/// consumer, once it has handed out the messages in hand.
struct PollFailures {
  private var pending: (any Error)?

  /// Throws what is kept, once.
  mutating func throwPending() throws {
    guard let failure = pending else { return }
    pending = nil
    throw failure
  }

  /// Keeps `error` for the next call, unless there is one already.
  mutating func keep(_ error: any Error) { pending = pending ?? error }

  /// Destroys errors, after they are noted; the rest is the caller's.
  mutating func messages(
    of received: [GatheredMessages.Message], _ events: ClientEvents
  ) -> [GatheredMessages.Message] {
    received.filter { message in
      if message.pointee.err == RD_KAFKA_RESP_ERR_NO_ERROR { return true }
      note(message, events)
      rd_kafka_message_destroy(message)
      return false
    }
  }

  private mutating func note(_ message: GatheredMessages.Message, _ events: ClientEvents) {
    let code = message.pointee.err
    if code == RD_KAFKA_RESP_ERR__PARTITION_EOF { return }
    let error = KafkaError(code, rd_kafka_message_errstr(message).map { String(cString: $0) } ?? "poll")
    if error.isRetriable || code == RD_KAFKA_RESP_ERR__MAX_POLL_EXCEEDED {
      events.logger.warning("\(error)")
    } else {
      keep(events.fatal ?? error)
    }
  }
}
