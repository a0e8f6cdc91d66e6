import Content
import Foundation
import SmallModel

/// A task of three labels: its easy samples show their label, its hard ones none, and only the large model knows.
enum SoakTask {
  static let name = "soak"
  static let labels = ["billing", "returns", "shipping"]
  /// The numbers of samples like those that the small model is trained on.
  static let training = 0..<300

  /// Of three samples one is hard.
  static func isHard(_ number: Int) -> Bool { number % 3 == 2 }
  /// The right answer to a sample, as its place in `labels`.
  static func labelIndex(_ number: Int) -> Int { number / 3 % labels.count }
  /// The right answer to a sample.
  static func label(_ number: Int) -> String { labels[labelIndex(number)] }

  /// Of a small model that was trained by some settings.
  static func card(_ settings: TrainingSettings) -> ModelCard {
    ModelCard(
      task: name, version: "soak-1", createdAt: Date(timeIntervalSince1970: 0), labels: labels,
      thresholds: [ModelCard.shuntThreshold: 0.8], training: settings)
  }

  /// Writes the task's folder: `task.json`, the small model, and for texts the samples that the distiller judges by.
  static func write(_ samples: any SoakSamples, to folder: URL, endpoint: URL) async throws {
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    try Data(definition(endpoint, reads: samples.reads).utf8).write(to: folder.appending(path: "task.json"))
    try await samples.artifact().write(to: folder.appending(path: "specific.safetensors"))
    guard samples.reads == .text else { return }
    let rows = training.map { number in
      """
      {"id": "h\(number)", "text": "\(SoakTexts.text(number))", "label": "\(label(number))", \
      "large_label": "\(label(number))", "large_confidence": 0.9}
      """
    }
    try Data(rows.joined(separator: "\n").utf8).write(to: folder.appending(path: "held-out.jsonl"))
  }

  private static func definition(_ endpoint: URL, reads: Input.Kind) -> String {
    """
    {
      "task": { "name": "\(name)", "reads": ["\(reads.rawValue)"] },
      "large_model": {
        "kind": "chat_completions",
        "chat_completions": {
          "endpoints": ["\(endpoint.absoluteString)"], "model": "practice", "reads": ["\(reads.rawValue)"],
          "concurrency": 32, "timeouts": { "silence": "2s", "request": "5s", "answer": "60s" },
          "retry": { "attempts": 10, "base": "20ms", "cap": "1s" },
          "circuit_breaker": { "pause": "1s" }
        }
      }
    }
    """
  }
}
