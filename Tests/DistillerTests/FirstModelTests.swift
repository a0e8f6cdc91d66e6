import Cascade
import Classification
import Evaluation
import ModelStore
import ResultStore
import SmallModel
import Testing

@testable import Distiller

/// A task that begins without a small model.
@Suite struct FirstModelTests {
  private func specific(_ bench: Bench) async throws -> ModelVersion? {
    try await bench.models.versions(task: "toy").first { $0.description.role == .specific }
  }

  @Test func theLargeModelsAnswersMakeTheFirstOne() async throws {
    try await Bench.withoutSmallModel { bench in
      let distiller = try bench.distiller()
      #expect(try await distiller.look() == .finished(.promoted))
      let version = try #require(try await specific(bench))
      #expect(version.state == .active && version.description.version == "specific-1")
      let metrics = version.description.metrics
      let (share, parity) = (
        try #require(metrics["cascade.query_share"]), try #require(metrics["cascade.accuracy"])
      )
      #expect(share < 0.5 && parity >= 0.9, "\(share), \(parity)")
      let counts = version.description.dataCounts
      #expect(try #require(counts["training"]) + #require(counts["held out"]) == 1200)
      let round = try #require(try await bench.models.rounds(task: "toy").first)
      #expect(round.counts["stage 1"] == counts["training"] && round.candidate == version.id)
    }
  }

  /// Then S2 goes on, judged by what was kept of those answers, for nobody has labelled anything.
  @Test func roundsGoOnWithoutHeldOutSamples() async throws {
    try await Bench.withoutSmallModel { bench in
      let distiller = try bench.distiller()
      #expect(try await distiller.look() == .finished(.promoted))
      #expect(try await distiller.look() == .idle(newAnswers: 0))
      guard case .finished(let outcome) = try await distiller.look(isRequested: true) else {
        Issue.record("no round")
        return
      }
      #expect(outcome == .promoted || outcome == .rejected)
      let round = try #require(try await bench.models.rounds(task: "toy").first)
      let candidate = try await bench.models.version(try #require(round.candidate))
      let first = try #require(try await specific(bench))
      #expect(candidate.description.metrics["cascade.samples"] == first.description.metrics["cascade.samples"])
    }
  }

  @Test func answersAreGatheredFirst() async throws {
    try await Bench.withoutSmallModel(600) { bench in
      let distiller = try bench.distiller()
      #expect(try await distiller.look() == .gathering(answers: 600, of: 1000))
      #expect(try await bench.models.rounds(task: "toy").isEmpty)
      var task = bench.task
      task.first.answers = 600
      // Of which too few are kept to judge by.
      let eager = try bench.distiller(task)
      #expect(try await eager.look() == .finished(.nothingToLearn))
    }
  }

  /// It says so, and as many answers more must come before the next one.
  @Test func whatSavesTooLittleIsNotPutInForce() async throws {
    try await Bench.withoutSmallModel { bench in
      var definition = try ToyTask.definition()
      // More than the large model agrees with itself.
      definition.threshold = .parity(target: 0.9999, confidence: 0.95)
      var task = TaskDistillation(task: "toy", heldOut: nil).defined(by: definition)
      task.policy = bench.task.policy
      let distiller = try bench.distiller(task)
      #expect(try await distiller.look() == .finished(.rejected))
      let round = try #require(try await bench.models.rounds(task: "toy").first)
      let findings = try await bench.models.findings(ofRound: round.id)
      #expect(findings.contains { $0.kind == "saves_too_little" && $0.text.contains("10.0 %") }, "\(findings)")
      #expect(findings.contains { $0.kind == "no_threshold" }, "\(findings)")
      #expect(try await bench.models.inForce(task: "toy").isEmpty)
      #expect(try await distiller.look() == .gathering(answers: 0, of: 1000))
    }
  }

  @Test func answersWithoutProbabilitiesTeachByTheirLabels() async throws {
    try await Bench.withoutSmallModel(hasProbabilities: false) { bench in
      let distiller = try bench.distiller()
      #expect(try await distiller.look() == .finished(.promoted))
      #expect(try await specific(bench)?.state == .active)
    }
  }

  @Test func whatIsLearntIsNotWhatJudges() throws {
    var toy = ToyTask(seed: 3)
    let labels = LabelIndex(ToyTask.labels)
    let answers = toy.stream(400)
    let odd = StreamAnswer(
      id: "odd", input: .text("odd"), category: nil, truth: nil,
      large: LargeOpinion(label: "no label of the task", distribution: nil))
    let lesson = FirstLesson(answers + answers + [odd], labels: labels, holdOut: StreamHoldOut(share: 0.3))
    #expect(lesson.counts.read == 801 && lesson.counts.unknownLabel == 1 && lesson.counts.repeated >= 400)
    #expect(lesson.counts.stage1 + lesson.counts.heldOut + lesson.counts.repeated == 800)
    #expect(Set(lesson.examples.inputs).isDisjoint(with: lesson.heldOut.map(\.input)))
    #expect(lesson.heldOut.count > 60 && lesson.heldOut.allSatisfy { $0.label == $0.largeLabel })
    let gold = StreamAnswer(
      id: "gold", input: .text("gold"), category: nil, truth: .label("label 1"),
      large: LargeOpinion(label: "label 0", distribution: nil))
    let judged = FirstLesson([gold], labels: labels, holdOut: StreamHoldOut(share: 1)).heldOut
    #expect(judged.map(\.label) == ["label 1"] && judged.map(\.largeLabel) == ["label 0"])
  }

  @Test(arguments: [(2, nil, 1000), (150, nil, 3750), (150, 80, 80)] as [(Int, Int?, Int)])
  func howManyAnswersAreNeeded(labels: Int, named: Int?, needed: Int) {
    var rule = FirstModel.Rule()
    rule.answers = named
    #expect(rule.answersNeeded(labels: labels) == needed)
  }
}
