import Foundation
import Testing

@testable import Settings

@Suite struct SettingsTests {
  private struct Router: Equatable {
    enum Rule: String, CaseIterable { case budget, accuracy }
    var batchSize = 4096
    var share = 0.5
    var weight: Float = 0.05
    var wait = Duration.milliseconds(500)
    var memory = 64 << 20
    var rule = Rule.budget
    var topics = ["samples"]
    var isStrict = false
    var group = "routers"
    var member: String?

    init(_ reader: SettingsReader) {
      reader.read("batch_size", &batchSize, .integer(in: 1...100_000), help: "Samples | batch.")
      reader.read("share", &share, .number(in: 0...1), help: "")
      reader.read("weight", &weight, .number(in: 0...1), help: "")
      reader.read("wait", &wait, .duration(in: .milliseconds(1) ... .seconds(60)), help: "")
      reader.read("memory", &memory, .bytes(in: 1...(1 << 30)), help: "")
      reader.read("rule", &rule, .choice, help: "")
      reader.read("topics", &topics, .list, help: "")
      reader.read("strict", &isStrict, .flag, help: "")
      reader.read("group", &group, .filledText, help: "")
      reader.read("member", &member, .text, variable: "MEMBER", help: "Its name.")
    }
  }

  private func read(_ json: String, _ environment: [String: String] = [:]) throws -> Router {
    try SettingsSources(json: json, environment: environment).read { Router($0.section("router")) }.value
  }

  private func problems(_ json: String, _ environment: [String: String] = [:]) throws -> [String] {
    let error = #expect(throws: SettingsError.self) { try read(json, environment) }
    return try #require(error).problems
  }

  @Test func defaultsWithoutAnySource() throws {
    let settings = try read("{}")
    #expect(settings.batchSize == 4096)
    #expect(settings.wait == .milliseconds(500))
    #expect(settings.topics == ["samples"])
  }

  @Test func fileSetsEveryType() throws {
    let settings = try read(
      """
      {"router": {"batch_size": 7, "share": 1, "wait": "1.5s", "memory": "2MiB", "rule": "accuracy",
                  "topics": ["a", "b"], "strict": true, "group": "g"}}
      """)
    #expect(settings.batchSize == 7)
    #expect(settings.share == 1)
    #expect(settings.wait == .milliseconds(1500))
    #expect(settings.memory == 2 << 20)
    #expect(settings.rule == .accuracy)
    #expect(settings.topics == ["a", "b"])
    #expect(settings.isStrict)
    #expect(settings.group == "g")
  }

  @Test func environmentStandsOverTheFile() throws {
    let settings = try read(
      #"{"router": {"batch_size": 7, "share": 0.1, "group": "file"}}"#,
      [
        "SHUNT_ROUTER_BATCH_SIZE": "8", "SHUNT_ROUTER_TOPICS": "x, y", "SHUNT_ROUTER_STRICT": "true",
        "SHUNT_ROUTER_WAIT": "2ms", "SHUNT_ROUTER_MEMORY": "4096", "SHUNT_ROUTER_RULE": "accuracy",
        "SHUNT_ROUTER_GROUP": "", "UNRELATED": "1",
      ])
    #expect(settings.batchSize == 8)
    #expect(settings.share == 0.1)
    #expect(settings.topics == ["x", "y"])
    #expect(settings.isStrict)
    #expect(settings.wait == .milliseconds(2))
    #expect(settings.memory == 4096)
    #expect(settings.rule == .accuracy)
    #expect(settings.group == "file", "an empty variable counts as not set")
  }

  @Test(arguments: [
    ("batch_size", "0", "router.batch_size = 0 (shunt.json): must be a whole number from 1 to 100000"),
    ("batch_size", "1.5", "router.batch_size = 1.5 (shunt.json): must be a whole number from 1 to 100000"),
    ("batch_size", #""7""#, #"router.batch_size = "7" (shunt.json): must be a whole number from 1 to 100000"#),
    ("batch_size", "true", "router.batch_size = true (shunt.json): must be a whole number from 1 to 100000"),
    ("share", "1.01", "router.share = 1.01 (shunt.json): must be a number from 0 to 1"),
    ("weight", "-0.1", "router.weight = -0.1 (shunt.json): must be a number from 0 to 1"),
    (
      "wait", "5", "router.wait = 5 (shunt.json): must be a time from 1ms to 1m, with its unit: us, ms, s, m, h or d"
    ),
    (
      "wait", #""61s""#,
      #"router.wait = "61s" (shunt.json): must be a time from 1ms to 1m, with its unit: us, ms, s, m, h or d"#
    ),
    (
      "memory", #""2GiB""#,
      #"router.memory = "2GiB" (shunt.json): must be a size from 1B to 1GiB: "#
        + "bytes, or with kB, MB, GB, KiB, MiB or GiB"
    ),
    ("rule", #""best""#, #"router.rule = "best" (shunt.json): must be one of budget, accuracy"#),
    ("topics", "[1]", "router.topics = [1] (shunt.json): must be a list of texts"),
    ("strict", "1", "router.strict = 1 (shunt.json): must be true or false"),
    ("group", "3", "router.group = 3 (shunt.json): must be text that is not empty"),
    ("group", #""""#, #"router.group = "" (shunt.json): must be text that is not empty"#),
    ("member", "3", "router.member = 3 (shunt.json): must be text"),
  ])
  func wrongValueIsRefusedWithKeyValueOriginAndRemedy(key: String, value: String, problem: String) throws {
    #expect(try problems("{\"router\": {\"\(key)\": \(value)}}") == [problem])
  }

  @Test func wrongVariableNamesItself() throws {
    #expect(
      try problems("{}", ["SHUNT_ROUTER_BATCH_SIZE": "many"]) == [
        #"router.batch_size = "many" (SHUNT_ROUTER_BATCH_SIZE): must be a whole number from 1 to 100000"#
      ])
  }

  @Test func allProblemsAreReportedTogether() throws {
    let problems = try problems(
      #"{"router": {"batch_size": 0, "share": 2}}"#, ["SHUNT_ROUTER_RULE": "x", "SHUNT_ROUTER_NOPE": "1"])
    #expect(problems.count == 4)
    #expect(SettingsError(problems: problems).description.hasPrefix("4 settings are wrong:\n  - router.batch_size"))
  }

  @Test func unknownKeyIsRefusedWithTheNearestKnown() throws {
    #expect(
      try problems(#"{"router": {"batch_sise": 1}}"#) == [
        "router.batch_sise (shunt.json) is not a setting; did you mean router.batch_size?"
      ])
    #expect(
      try problems("{}", ["SHUNT_ROUTER_BATCHSIZE": "1"]) == [
        "SHUNT_ROUTER_BATCHSIZE (environment) is not a setting; did you mean SHUNT_ROUTER_BATCH_SIZE?"
      ])
    #expect(try problems(#"{"router": {"xyz": {"deep": null}}}"#) == ["router.xyz.deep (shunt.json) is not a setting"])
    #expect(try problems(#"{"router": 5}"#)[0].hasPrefix("router (shunt.json) must be an object with keys"))
  }

  @Test func unknownSectionIsRefused() throws {
    #expect(try problems(#"{"ruter": {}}"#)[0].hasSuffix("; did you mean router?"))
    #expect(try problems("{}", ["SHUNT_RUTER_BATCH_SIZE": "1"])[0].contains("did you mean SHUNT_ROUTER_BATCH_SIZE?"))
  }

  @Test func otherWorkersSectionsAreLeftAlone() throws {
    _ = try read(
      #"{"recorder": {"anything": 1}, "large_model_worker": {"x": [1, 2]}}"#,
      ["SHUNT_RECORDER_ANYTHING": "1", "SHUNT_TEST_BROKER": "host:9092", "SHUNT_SETTINGS": "/unused"])
  }

  @Test(arguments: ["", "{", "[]", "3", #"{"router": {"batch_size": }}"#])
  func fileThatIsNoObjectIsRefused(json: String) {
    let error = #expect(throws: SettingsError.self) { try SettingsSources(json: json) }
    #expect(error?.problems[0].hasPrefix("shunt.json cannot be read as a JSON object of sections") == true)
  }

  @Test func missingFileIsRefusedWithTheRemedy() {
    let error = #expect(throws: SettingsError.self) {
      try SettingsSources(environment: ["SHUNT_SETTINGS": "/nowhere/shunt.json"])
    }
    #expect(error?.problems[0].contains("/nowhere/shunt.json cannot be read") == true)
  }
}
