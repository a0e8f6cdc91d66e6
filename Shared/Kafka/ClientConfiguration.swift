import CLibrdkafka

/// Owns an `rd_kafka_conf_t` until a client takes it over.
struct ClientConfiguration: ~Copyable {
  private let pointer: OpaquePointer

  /// - Parameters:
  ///   - defaults: what `settings.properties` may override.
  ///   - required: what it may not, because a promise of the client rests on it.
  ///   - ifKnown: defaults that not all versions of librdkafka have.
  init(
    _ settings: KafkaSettings, defaults: [String: String], required: [String: String], ifKnown: [String: String] = [:]
  ) throws {
    pointer = rd_kafka_conf_new()
    var required = required
    required["bootstrap.servers"] = settings.brokers
    required["client.id"] = settings.clientID
    if settings.brokers.allSatisfy(\.isWhitespace) {
      throw KafkaError(code: "_INVALID_ARG", message: "no brokers given; name at least one as host:port")
    }
    for (key, value) in defaults where settings.properties[key] == nil { try set(key, value) }
    for (key, value) in ifKnown where settings.properties[key] == nil && inForce(key) != nil { try set(key, value) }
    for (key, value) in settings.properties {
      if let fixed = required[key], fixed != value { throw Self.reserved(key, fixed) }
      try set(key, value)
    }
    for (key, value) in required { try set(key, value) }
  }

  /// For the client that an embedded broker lives in, which itself connects to nothing.
  init(broker clientID: String) throws {
    pointer = rd_kafka_conf_new()
    try set("client.id", clientID)
    try set("log_level", "4")  // Below are notices about missing brokers, and each client's coming and going.
  }

  deinit { rd_kafka_conf_destroy(pointer) }

  /// For the setters of callbacks.
  borrowing func withPointer<Failure: Error>(_ body: (OpaquePointer) throws(Failure) -> Void) throws(Failure) {
    try body(pointer)
  }

  /// Makes the client. `rd_kafka_new` takes the configuration over when it succeeds, and only then.
  /// - Parameter isIntercepted: whether the configuration has interceptors. Where `rd_kafka_new` fails late it frees
  ///   them, and `rd_kafka_conf_destroy` would free them again (seen in librdkafka 2.0.2 where a certificate cannot be
  ///   read), so such a configuration is given up.
  consuming func makeClient(_ kind: rd_kafka_type_t, isIntercepted: Bool) throws -> OpaquePointer {
    var reason = [CChar](repeating: 0, count: 512)
    guard let client = rd_kafka_new(kind, pointer, &reason, reason.count) else {
      let error = KafkaError(code: KafkaError.name(of: rd_kafka_last_error()), message: text(reason))
      if isIntercepted { discard self } else { _ = consume self }
      throw error
    }
    discard self
    return client
  }

  /// What is in force; `nil` for a property that librdkafka does not know.
  borrowing func inForce(_ key: String) -> String? {
    var length = 0
    guard rd_kafka_conf_get(pointer, key, nil, &length) == RD_KAFKA_CONF_OK else { return nil }
    var value = [CChar](repeating: 0, count: length)
    return rd_kafka_conf_get(pointer, key, &value, &length) == RD_KAFKA_CONF_OK ? text(value) : nil
  }

  private borrowing func set(_ key: String, _ value: String) throws {
    var reason = [CChar](repeating: 0, count: 512)
    let outcome = rd_kafka_conf_set(pointer, key, value, &reason, reason.count)
    if outcome == RD_KAFKA_CONF_OK { return }
    // librdkafka's reason may quote the value.
    let shown = KafkaSettings.isSecret(key) ? "the value is refused" : text(reason)
    let code = outcome == RD_KAFKA_CONF_UNKNOWN ? "_UNKNOWN_PROPERTY" : "_INVALID_ARG"
    throw KafkaError(
      code: code,
      message: "Kafka property \"\(key)\": \(shown); librdkafka \(String(cString: rd_kafka_version_str())) lists "
        + "what it takes in its CONFIGURATION.md")
  }

  private static func reserved(_ key: String, _ value: String) -> KafkaError {
    KafkaError(
      code: "_INVALID_ARG",
      message: "Kafka property \"\(key)\" is set by the client itself\(value.isEmpty ? "" : " (to \(value))"); "
        + "remove it from the properties")
  }
}

/// The text in a buffer that C ended with a zero.
func text(_ buffer: [CChar]) -> String {
  String(decoding: buffer.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
}
