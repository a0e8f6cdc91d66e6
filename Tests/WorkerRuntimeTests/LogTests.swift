import Foundation
import Logging
import Testing

@testable import WorkerRuntime

@Suite struct LogTests {
  private func line(_ message: String, _ metadata: Logger.Metadata = [:]) -> LogLine {
    LogLine(
      time: Date(timeIntervalSince1970: 1_700_000_000.25), level: .notice, label: "router", message: message,
      metadata: metadata)
  }

  @Test func textForPeople() {
    #expect(
      line("assigned", ["topic": "samples", "cause": "a rebalance"]).text
        == #"2023-11-14T22:13:20.250Z notice   router: assigned cause="a rebalance" topic=samples"#)
  }

  @Test func dataCannotForgeASecondLine() {
    #expect(!line("a\nb\u{1b}[31m", ["k": "v\r\n"]).text.contains { $0.isNewline || $0 == "\u{1b}" })
    #expect(!line("a\nb").json.contains { $0.isNewline })
    let breaks = ["\u{85}", "\u{9b}31m", "\u{2028}", "\u{2029}", "\r\n", "\n\u{301}", "\u{7f}"]
    for text in breaks.map({ line("a\($0)b").text.unicodeScalars }) {
      #expect(!text.contains { $0.value < 0x20 || 0x7F...0x9F ~= $0.value || 0x2028...0x2029 ~= $0.value })
    }
  }

  @Test func jsonForMachines() throws {
    let text = line("quoted \"x\" / é", ["topic": "samples"]).json
    let record = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    #expect(record["time"] as? String == "2023-11-14T22:13:20.250Z")
    #expect(record["level"] as? String == "notice")
    #expect(record["logger"] as? String == "router")
    #expect(record["message"] as? String == "quoted \"x\" / é")
    #expect(record["fields"] as? [String: String] == ["topic": "samples"])
  }

  @Test func theCallsMetadataWinsOverTheLoggers() {
    var log = StandardErrorLog(label: "router", settings: LogSettings(format: .json))
    log.metadataProvider = Logger.MetadataProvider { ["a": "provider", "b": "provider", "c": "provider"] }
    log[metadataKey: "b"] = "logger"
    log[metadataKey: "c"] = "logger"
    let event = LogEvent(
      level: .info, message: "m", metadata: ["c": "call"], source: nil, file: #fileID, function: #function, line: 1)
    #expect(log.line(for: event).metadata == ["a": "provider", "b": "logger", "c": "call"])
  }

  /// Such a file takes the lines where standard error shows a bar.
  @Test func aFileTakesWholeLines() throws {
    let url = URL.temporaryDirectory.appending(path: "log-\(UUID().uuidString)")
    #expect(FileManager.default.createFile(atPath: url.path, contents: nil))
    let file = try FileHandle(forWritingTo: url)
    let log = StandardErrorLog(label: "demo", settings: LogSettings(), descriptor: file.fileDescriptor)
    for message in ["one", "two"] {
      log.log(
        event: LogEvent(
          level: .info, message: "\(message)", metadata: nil, source: nil, file: #fileID, function: #function, line: 1))
    }
    let lines = try String(contentsOf: url, encoding: .utf8).split(separator: "\n")
    #expect(lines.count == 2 && lines[0].contains(#""message":"one""#) && lines[1].hasSuffix("}"))
    try file.close()
    try FileManager.default.removeItem(at: url)
  }
}
