import Cascade
import Testing

@Suite struct ShuntTests {
  private let stages = [
    CascadeStage(answeredBy: .specific, version: "s1", threshold: 0.9),
    CascadeStage(answeredBy: .learnable, version: "s2", threshold: 0.6),
  ]

  @Test func eachStageSeesOnlyWhatTheOnesBeforeLeft() {
    let table: [[Float]] = [[0.99, 0.7, 0.5, 0.5], [0.5, 0.7, 0.5, 0.99]]
    var seen: [[Int]] = []
    let batch = Shunt.shunt(count: 4, stages: stages) { stage, samples in
      seen.append(samples)
      return samples.map { table[stage][$0] }
    }
    #expect(seen == [[0, 1, 2, 3], [1, 2, 3]])
    #expect(
      batch.decisions == [
        .easy(stage: 0, confidence: 0.99), .easy(stage: 1, confidence: 0.7), .hard, .easy(stage: 1, confidence: 0.99),
      ])
    #expect((0..<4).map { batch.row(ofStage: 0, sample: $0) } == [0, 1, 2, 3])
    #expect((0..<4).map { batch.row(ofStage: 1, sample: $0) } == [nil, 0, 1, 2])
  }

  /// Any number of stages: a sample stands with the first that is sure of it.
  @Test func theFirstStageThatIsSureAnswers() {
    var random = SplitMix64(seed: 3)
    for count in 0..<6 {
      let stages = (0..<count).map { _ in
        CascadeStage(answeredBy: .specific, version: "", threshold: Float.random(in: 0...1, using: &random))
      }
      let confidences = stages.map { _ in (0..<200).map { _ in Float.random(in: 0...1, using: &random) } }
      let batch = Shunt.shunt(count: 200, stages: stages) { stage, samples in samples.map { confidences[stage][$0] } }
      for sample in 0..<200 {
        let first = stages.indices.first { confidences[$0][sample] >= stages[$0].threshold }
        let expected = first.map { ShuntedBatch.Decision.easy(stage: $0, confidence: confidences[$0][sample]) }
        #expect(batch.decisions[sample] == expected ?? .hard)
      }
    }
  }

  @Test func withoutSmallModelsEverythingIsHard() {
    #expect(Shunt.shunt(count: 3, stages: []) { _, _ in [] }.decisions == [.hard, .hard, .hard])
  }

  @Test func anEmptyBatchHasNoDecisions() {
    #expect(Shunt.shunt(count: 0, stages: stages) { _, samples in samples.map { _ in 1 } }.decisions.isEmpty)
  }

  @Test(arguments: [(Float(0.5), true), (Float(0.5).nextUp, true), (Float(0.5).nextDown, false), (Float.nan, false)])
  func confidenceAtTheThresholdIsEasy(confidence: Float, isEasy: Bool) {
    #expect(Shunt.isEasy(confidence, threshold: 0.5) == isEasy)
  }
}
