import Foundation
import Testing

@testable import Settings

@Suite struct SecretSettingsTests {
  private static func database(_ reader: SettingsReader) -> String? {
    var url: String?
    reader.section("database").read("url", &url, .text, secret: true, variable: "DATABASE_URL", help: "")
    return url
  }

  private static func requiredDatabase(_ reader: SettingsReader) -> String {
    var url = ""
    reader.section("database").require("url", &url, .text, secret: true, variable: "DATABASE_URL", help: "")
    return url
  }

  @Test func secretsAreHiddenWhereSettingsArePrinted() throws {
    let sources = try SettingsSources(
      json: #"{"kafka": {"brokers": "b:9092", "properties": {"sasl.username": "u", "sasl.password": "hidden"}}}"#,
      environment: ["DATABASE_URL": "postgres://u:hidden@h/db"])
    let settings = try sources.read { reader in
      _ = Self.database(reader)
      var brokers = ""
      reader.section("kafka").read("brokers", &brokers, .text, help: "")
      return reader.section("kafka").map("properties", help: "")
    }
    #expect(settings.value["sasl.password"] == "hidden")
    #expect(
      settings.entries == [
        SettingsEntry(key: "database.url", value: "<redacted>", origin: "DATABASE_URL"),
        SettingsEntry(key: "kafka.brokers", value: "b:9092", origin: "shunt.json"),
        SettingsEntry(key: "kafka.properties.sasl.password", value: "<redacted>", origin: "shunt.json"),
        SettingsEntry(key: "kafka.properties.sasl.username", value: "u", origin: "shunt.json"),
      ])
  }

  @Test func aSecretIsHiddenInItsErrorToo() throws {
    let sources = try SettingsSources(json: #"{"database": {"url": 12345}}"#)
    let error = #expect(throws: SettingsError.self) {
      try sources.read(Self.requiredDatabase)
    }
    #expect(error?.problems == ["database.url = <redacted> (shunt.json): must be text"])
  }

  /// Whatever shape a secret has, and wherever it was put by mistake, no error shows it.
  @Test(arguments: [
    #"{"database": {"url": ["postgres://u:hunter2@h/db"]}}"#, #"{"database": {"url": {"x": "hunter2"}}}"#,
    #"{"database": "postgres://u:hunter2@h/db"}"#, #"{"database": ["hunter2"]}"#, #"{"database": {"url": hunter2}}"#,
    #"{"database": {"uri": "postgres://u:hunter2@h/db"}}"#,
    #"{"kafka": {"properties": {"sasl.password": ["hunter2"]}}}"#,
    #"{"kafka": {"properties": {"ssl.key.password": {"value": "hunter2"}}}}"#,
    #"{"kafka": {"properties": "sasl.password=hunter2"}}"#, #"{"kafka": {"properties": ["sasl.password=hunter2"]}}"#,
    #"{"kafka": {"brokers": ["u:hunter2@broker:9092", "b"]}}"#, #"{"kafka": {"brokers": ["kafka//u:hun,ter2@h"]}}"#,
    #"{"http": {"token": ["hunter2"]}}"#,
  ])
  func noErrorShowsASecret(json: String) throws {
    let error = #expect(throws: SettingsError.self) {
      try SettingsSources(json: json).read { reader in
        _ = Self.database(reader)
        var (brokers, token) = ("", String?.none)
        reader.section("kafka").read("brokers", &brokers, .text, help: "")
        reader.section("http").read("token", &token, .text, help: "")
        return reader.section("kafka").map("properties", help: "")
      }
    }
    #expect(error?.description.contains("hunter2") == false)
    #expect(error?.description.contains("ter2") == false)
  }

  @Test(
    arguments: [
      ("sasl.password", true), ("ssl.key.password", true), ("SASL.PASSWORD", true), ("ssl.key.pem", true),
      ("sasl.jaas.config", true), ("sasl.oauthbearer.client.secret", true), ("sasl.oauthbearer.config", true),
      ("api-key", true), ("Authorization", true), ("sasl.username", false), ("maximum_tokens", false),
      ("tokens_per_minute", false), ("ssl.ca.location", false),
    ])
  func keysThatCanHoldSecretsAreKnown(key: String, isSecret: Bool) {
    #expect(SettingsReader.soundsSecret(key) == isSecret)
  }

  @Test func requiredTextThatIsMissingSaysWhereToSetIt() throws {
    let error = #expect(throws: SettingsError.self) {
      try SettingsSources(json: "{}").read(Self.requiredDatabase)
    }
    #expect(
      error?.problems == ["database.url: must be set, in the settings file or by SHUNT_DATABASE_URL or DATABASE_URL"])
  }

  @Test func ownVariableStandsOverTheUsualOne() throws {
    let environment = ["SHUNT_DATABASE_URL": "own", "DATABASE_URL": "usual"]
    let url = try SettingsSources(json: "{}", environment: environment)
      .read(Self.database).value
    #expect(url == "own")
  }

  @Test func mapEntriesComeFromFileAndVariables() throws {
    let sources = try SettingsSources(
      json: #"{"kafka": {"properties": {"fetch.min.bytes": 1, "enable.idempotence": true, "client.id": "file"}}}"#,
      environment: ["SHUNT_KAFKA_PROPERTIES_CLIENT_ID": "variable", "SHUNT_KAFKA_PROPERTIES_SASL_PASSWORD": "a,b=c"])
    let map = try sources.read { $0.section("kafka").map("properties", help: "") }.value
    #expect(
      map == [
        "fetch.min.bytes": "1", "enable.idempotence": "true", "client.id": "variable", "sasl.password": "a,b=c",
      ])
  }

  @Test(arguments: [#"{"kafka": {"properties": {"a": [1]}}}"#, #"{"kafka": {"properties": "a=b"}}"#])
  func mapOfAnotherFormIsRefused(json: String) throws {
    let sources = try SettingsSources(json: json)
    #expect(throws: SettingsError.self) { try sources.read { $0.section("kafka").map("properties", help: "") } }
  }

  @Test func objectsAreReadByTheirNames() throws {
    let sources = try SettingsSources(
      json: #"{"tasks": {"support": {"model": "m"}, "reviews": {}}}"#, environment: ["SHUNT_TASKS_SUPPORT_MODEL": "n"])
    let models = try sources.read { reader in
      var models: [String] = []
      for (name, task) in reader.objects("tasks", named: "task") {
        var model = "none"
        task.read("model", &model, .text, help: "")
        models.append("\(name)=\(model)")
      }
      return models
    }.value
    #expect(models == ["reviews=none", "support=n"])
  }
}
