import Foundation
import Testing

@testable import Experiments

@Suite struct ExperimentReportTests {
  /// All that a run may add stands in the file under its name.
  @Test func whatARunAddsIsWritten() throws {
    let score = #"{"accuracy": 0.8, "query_share": 0.1, "threshold": 0.5}"#
    let json = """
      {"name": "x", "seed": 1, "versions": {"small": "s", "large": "l"}, "counts": {}, "small": {"accuracy": 0.7},
       "large": {"accuracy": 0.6}, "shunt": \(score), "prompt": {"soft": \(score)}, "curve": [],
       "distilled": {"accuracy": 0.9, "query_share": 0.02, "rounds": 4, "history": []},
       "ablation": [{"name": "stage 1 only", "accuracy": 0.85, "query_share": 0.03, "verdict": "promoted: …"}]}
      """
    let report = try JSONDecoder().decode(ExperimentReport.self, from: Data(json.utf8))
    let file = URL.temporaryDirectory.appending(path: "\(UUID().uuidString).json")
    try report.write(to: file)
    let text = try String(contentsOf: file, encoding: .utf8)
    try FileManager.default.removeItem(at: file)
    for part in [#""query_share" : 0.02"#, #""rounds" : 4"#, #""query_share" : 0.03"#, "stage 1 only"] {
      #expect(text.contains(part), "\(part)")
    }
    let again = try JSONDecoder().decode(ExperimentReport.self, from: Data(text.utf8))
    #expect(again.ablation?.first?.verdict == "promoted: …" && again.distilled?.accuracy == 0.9)
  }
}
