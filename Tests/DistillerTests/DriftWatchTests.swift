import Cascade
import Distiller
import Testing

@Suite struct DriftWatchTests {
  /// A stream of which each label, confidence and agreement is drawn by itself.
  private static func figures(
    _ count: Int, labelWeights: [Int] = [5, 3, 2], lowest: Float = 0.4, agreement: Double = 0.9, audited: Int = 200,
    seed: UInt64
  ) -> DriftFigures {
    var generator = SplitMix64(seed: seed)
    let deck = labelWeights.enumerated().flatMap { [Int](repeating: $0, count: $1) }
    var counts = labelWeights.map { _ in 0 }
    for _ in 0..<count { counts[deck.randomElement(using: &generator) ?? 0] += 1 }
    return DriftFigures(
      labelCounts: counts, confidences: (0..<count).map { _ in Float.random(in: lowest...1, using: &generator) },
      audited: audited, agreed: (0..<audited).count { _ in Double.random(in: 0..<1, using: &generator) < agreement })
  }

  private let watch = DriftWatch(reference: figures(3000, seed: 1))

  @Test(arguments: 2..<30) func theSameStreamRaisesNoAlarm(seed: UInt64) {
    #expect(watch.findings(Self.figures(1000, seed: seed)).isEmpty)
  }

  @Test(arguments: [
    (figures(1000, labelWeights: [1, 3, 6], seed: 9), DriftFinding.Signal.labelMix),
    (figures(1000, lowest: 0.1, seed: 9), .confidence), (figures(1000, agreement: 0.6, seed: 9), .agreement),
  ]) func namesWhatDrifted(window: DriftFigures, signal: DriftFinding.Signal) {
    let findings = watch.findings(window)
    #expect(findings.map(\.signal) == [signal])
    for finding in findings { #expect(finding.text.contains { $0.isNumber }) }
  }

  @Test func aWindowThatIsTooSmallRaisesNone() {
    #expect(watch.findings(Self.figures(499, labelWeights: [0, 0, 1], lowest: 0, audited: 29, seed: 3)).isEmpty)
    #expect(watch.findings(Self.figures(0, audited: 0, seed: 3)).isEmpty)
  }

  @Test func aReferenceWithoutSamplesRaisesNone() {
    let empty = DriftWatch(reference: DriftFigures(labelCounts: [0, 0, 0], confidences: [], audited: 0, agreed: 0))
    #expect(empty.findings(Self.figures(1000, seed: 3)).isEmpty)
  }
}
