/// How to reach a Kafka cluster. Each client takes a copy and adds what its own guarantees need.
public struct KafkaSettings: Sendable, Equatable, CustomStringConvertible {
  /// `host:port`, several separated by commas.
  public var brokers: String

  /// What the brokers' logs and quotas know this client by.
  public var clientID: String

  /// Passed through to librdkafka: TLS (`security.protocol`, `ssl.…`), SASL (`sasl.…`) and whatever else it knows; wins
  /// over the options of a client that say the same.
  /// A key that librdkafka does not know, or that a client must set itself to keep its promises, is refused.
  public var properties: [String: String]

  /// Settings for the cluster at `brokers`.
  public init(brokers: String, clientID: String = "data-shunt", properties: [String: String] = [:]) {
    self.brokers = brokers
    self.clientID = clientID
    self.properties = properties
  }

  /// The settings with secrets replaced by stars.
  public var description: String {
    let shown = properties.sorted { $0.key < $1.key }
      .map { "\($0.key)=\(Self.isSecret($0.key) ? "***" : $0.value)" }
    return (["brokers=\(brokers)", "client.id=\(clientID)"] + shown).joined(separator: " ")
  }

  /// For clients that look at partitions and groups without being members.
  var withoutMembership: KafkaSettings {
    var settings = self
    for key in ["group.instance.id", "partition.assignment.strategy", "auto.offset.reset", "isolation.level"] {
      settings.properties[key] = nil
    }
    return settings
  }

  /// Whether the value of the librdkafka property `key` must not be shown.
  static func isSecret(_ key: String) -> Bool {
    ["passw", "passphrase", "secret", "token", "credential", "pem", "oauthbearer.config", "jaas", "private", "api.key"]
      .contains { key.lowercased().contains($0) }
  }
}
