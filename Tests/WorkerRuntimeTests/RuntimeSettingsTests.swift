import Foundation
import Settings
import Testing
import WorkerRuntime

@Suite struct RuntimeSettingsTests {
  @Test func theHealthTokenComesFromAVariableOrAFile() throws {
    func http(_ json: String, _ environment: [String: String] = [:]) throws -> HTTPSettings {
      try SettingsSources(json: json, environment: environment).read { HTTPSettings($0.section("http")) }.value
    }
    #expect(try http("{}") == HTTPSettings(host: "127.0.0.1", port: 8080, token: nil))
    #expect(try http("{}", ["SHUNT_HTTP_TOKEN": "t0ken"]).token == "t0ken")
    let file = FileManager.default.temporaryDirectory.appendingPathComponent("token-\(UUID().uuidString)").path
    try Data("t0ken\n".utf8).write(to: URL(fileURLWithPath: file))
    defer { #expect(throws: Never.self) { try FileManager.default.removeItem(atPath: file) } }
    #expect(try http(#"{"http": {"token_file": "\#(file)"}}"#).token == "t0ken")
    for (json, key) in [
      (#"{"http": {"token_file": "/nowhere/token"}}"#, "http.token_file"), (#"{"http": {"token": ""}}"#, "http.token"),
      (#"{"http": {"token": "two words"}}"#, "http.token"), (#"{"http": {"token": "s\u00e9same"}}"#, "http.token"),
      (#"{"http": {"token": "other-t0ken", "token_file": "\#(file)"}}"#, "http.token"),
    ] {
      let error = #expect(throws: SettingsError.self, "\(json)") { try http(json) }
      #expect(error?.problems.first?.hasPrefix(key) == true, "\(json)")
      #expect(error?.description.contains("t0ken") == false && error?.description.contains("two words") == false)
    }
  }
}
