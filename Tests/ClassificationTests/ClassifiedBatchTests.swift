import Cascade
import Classification
import Testing

@Suite struct ClassifiedBatchTests {
  private let stages = [
    CascadeStage(answeredBy: .specific, version: "s1", threshold: 0.9),
    CascadeStage(answeredBy: .learnable, version: "s2", threshold: 0.6),
  ]

  private func batch(_ table: [[Float]], temperatures: [Float]) -> ClassifiedBatch {
    ClassifiedBatch(count: 4, stages: stages, temperatures: temperatures, classCount: 2) { stage, samples, into in
      for (row, sample) in samples.enumerated() {
        into[row * 2] = 0
        into[row * 2 + 1] = table[stage][sample]
      }
    }
  }

  @Test func confidenceIsTheLargestProbabilityOfTheStage() {
    // Logits of two classes by stage and sample: 5 is sure (0.993), 1 is 0.73, 0 is 0.5.
    let batch = batch([[5, 1, 0, 0], [0, 1, 0, -5]], temperatures: [1, 1])
    #expect(batch.decisions.map(\.stage) == [0, 1, nil, 1])
    #expect((0..<4).map { batch.label(ofStage: 1, sample: $0) } == [nil, 1, 0, 0])
    #expect(batch.probabilities(ofStage: 1, sample: 0) == nil)
    #expect(batch.probabilities(ofStage: 1, sample: 2).map { Array($0) } == [0.5, 0.5])
  }

  @Test func eachStageHasItsOwnTemperature() {
    let batch = batch([[5, 1, 0, 0], [0, 1, 0, -5]], temperatures: [5, 0.1])
    #expect(batch.decisions.map(\.stage) == [nil, 1, nil, 1])
  }

  @Test func anEmptyBatchAsksNoModel() {
    let batch = ClassifiedBatch(count: 0, stages: stages, temperatures: [1, 1], classCount: 2) { _, _, _ in
      Issue.record("asked")
    }
    #expect(batch.decisions.isEmpty)
  }

  @Test func withoutClassesNothingIsSure() {
    let batch = ClassifiedBatch(count: 2, stages: stages, temperatures: [1, 1], classCount: 0) { _, _, _ in }
    #expect(batch.decisions == [.hard, .hard])
  }
}

extension ShuntedBatch.Decision {
  fileprivate var stage: Int? {
    if case .easy(let stage, _) = self { stage } else { nil }
  }
}
