import Captioning
import Cascade
import Content
import Evaluation
import Foundation
import Testing

/// The gate on captions: it compares the corpus' BLEU.
@Suite struct CaptionGateTests {
  private static let references = ["a brown dog runs over the green grass"]
  private static let good = "a brown dog runs over the grass"
  private static let bad = "two men sit on a bench"

  private static func outcome(_ caption: String, asksLarge: Bool) -> CascadeOutcome {
    let counts = BLEUCounts(caption, references: references)
    return CascadeOutcome(
      quality: Float(SentenceBLEU.quality(counts)), asksLarge: asksLarge, confidence: 0.5, counts: counts)
  }

  /// 300 pictures, half of which the cascade in force passes on; the candidate answers some of those by itself.
  private static func samples(candidateSays caption: String) -> [JudgedSample] {
    (0..<300).map { index in
      let before = outcome(index % 10 == 0 ? bad : good, asksLarge: index % 2 == 1)
      let isTaken = index % 4 == 1
      let now = isTaken ? outcome(caption, asksLarge: false) : before
      return JudgedSample(groups: [], candidate: now, inForce: before, undistilled: before)
    }
  }

  private static var gate: ValidationGate {
    var rule = ValidationGate.Rule()
    rule.bootstrap.resamples = 200
    rule.calibrationMargin = 1
    return ValidationGate(rule)
  }

  @Test func asGoodAtFewerQueriesIsPromoted() {
    let samples = Self.samples(candidateSays: Self.good)
    let verdict = Self.gate.judge(samples)
    #expect(verdict.decision == .promoted && verdict.quality == .bleu, "\(verdict.summary)")
    let corpus = BLEU(samples.compactMap(\.candidate.counts)).mean
    #expect(abs(verdict.candidate.accuracy.estimate - corpus) < 1e-12)
    // BLEU of a corpus is that of its counts, and no mean over sentences.
    let mean = samples.reduce(0) { $0 + Double($1.candidate.quality) } / 300
    #expect(abs(corpus - mean) > 0.01)
    #expect(verdict.candidate.accuracy.lower < corpus && corpus < verdict.candidate.accuracy.upper)
  }

  @Test func worseCaptionsAreRefusedInWords() {
    let verdict = Self.gate.judge(Self.samples(candidateSays: Self.bad))
    #expect(verdict.decision == .rejected && verdict.accuracyDifference.upper < 0)
    #expect(verdict.summary.contains("BLEU against the cascade in force"), "\(verdict.summary)")
  }
}

@Suite struct HeldOutCaptionsTests {
  @Test func captionsComeBackAsTheyWere() throws {
    let file = URL.temporaryDirectory.appending(path: "\(UUID().uuidString).jsonl")
    let rows = [
      HeldOutRow(
        id: "1", input: .text("a"), truth: .captions(["A \"dog\" .", "a dog"]), category: "c",
        large: .caption("a cat"), largeConfidence: 0.5),
      HeldOutRow(id: "2", input: .text("b"), truth: .captions(["x"]), large: .caption("y"), largeConfidence: nil),
    ]
    try HeldOutFile.write(rows, to: file)
    #expect(try HeldOutFile.rows(of: file) == rows)
    try FileManager.default.removeItem(at: file)
  }

  @Test(arguments: [
    (#"{"id":"1","text":"a","captions":[],"large_caption":"b"}"#, "an array of one caption or more"),
    (#"{"id":"1","text":"a","captions":"b","large_caption":"b"}"#, "an array of one caption or more"),
    (#"{"id":"1","text":"a","captions":[7],"large_caption":"b"}"#, "no caption"),
    (#"{"id":"1","text":"a","captions":["b"],"large_label":"b"}"#, "large_caption"),
  ])
  func whatIsNoCaptionIsRefused(line: String, reason: String) throws {
    let file = URL.temporaryDirectory.appending(path: "\(UUID().uuidString).jsonl")
    try Data(line.utf8).write(to: file)
    let error = #expect(throws: EvaluationError.self) { try HeldOutFile.rows(of: file) }
    #expect(error?.description.contains(reason) == true, "\(String(describing: error))")
    try FileManager.default.removeItem(at: file)
  }
}
