import Cascade
import Testing

@Suite struct ShuntTests {
  private let stages = [
    CascadeStage(answeredBy: .specific, version: "s1", threshold: 0.9, temperature: 1),
    CascadeStage(answeredBy: .learnable, version: "s2", threshold: 0.6, temperature: 1),
  ]

  @Test func eachStageSeesOnlyWhatTheOnesBeforeLeft() {
    // Logits of two classes by stage and sample: 5 is sure (0.993), 1 is 0.73, 0 is 0.5.
    let table: [[Float]] = [[5, 1, 0, 0], [0, 1, 0, 5]]
    var seen: [[Int]] = []
    let batch = Shunt.shunt(count: 4, stages: stages, classCount: 2) { stage, samples, into in
      seen.append(samples)
      for (row, sample) in samples.enumerated() {
        into[row * 2] = 0
        into[row * 2 + 1] = table[stage][sample]
      }
    }
    #expect(seen == [[0, 1, 2, 3], [1, 2, 3]])
    #expect(batch.decisions[0].stage == 0)
    #expect(batch.decisions[1].stage == 1)
    #expect(batch.decisions[2] == .hard)
    #expect(batch.decisions[3].stage == 1)
    #expect(batch.probabilities(ofStage: 1, sample: 0) == nil)
    #expect(batch.probabilities(ofStage: 1, sample: 2).map { Array($0) } == [0.5, 0.5])
  }

  @Test func withoutSmallModelsEverythingIsHard() {
    let batch = Shunt.shunt(count: 3, stages: [], classCount: 2) { _, _, _ in }
    #expect(batch.decisions == [.hard, .hard, .hard])
  }

  @Test func anEmptyBatchAsksNoModel() {
    let batch = Shunt.shunt(count: 0, stages: stages, classCount: 2) { _, _, _ in Issue.record("asked") }
    #expect(batch.decisions.isEmpty)
  }

  @Test func confidenceAtTheThresholdIsEasy() {
    let stage = CascadeStage(answeredBy: .specific, version: "s1", threshold: 0.5, temperature: 1)
    #expect(stage.isEasy(Confidence([0.5, 0.5])))
    #expect(!stage.isEasy(Confidence([0.4, 0.3, 0.3])))
  }
}

extension ShuntedBatch.Decision {
  fileprivate var stage: Int? {
    if case .easy(let stage, _) = self { stage } else { nil }
  }
}
