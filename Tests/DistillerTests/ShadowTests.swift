import Foundation
import ModelStore
import Testing

@testable import Distiller

@Suite struct ShadowGateTests {
  private static func sums(_ change: (inout ShadowSums) -> Void = { _ in }) -> ShadowSums {
    var sums = ShadowSums()
    (sums.samples, sums.wouldQuery, sums.queried, sums.confidence) = (1000, 50, 300, 900)
    (sums.compared, sums.agreeing, sums.withTruth, sums.correct, sums.activeCorrect) = (700, 680, 200, 180, 182)
    change(&sums)
    return sums
  }

  private static let gate = {
    var rule = ShadowGate.Rule()
    rule.samples = 1000
    return ShadowGate(rule)
  }()

  @Test func waitsForItsSamples() {
    #expect(Self.gate.judge(Self.sums { $0.samples = 999 }) == nil)
    #expect(Self.gate.judge(ShadowSums()) == nil)
  }

  @Test func promotesWhatAgreesAndAsksNoMore() throws {
    let decision = try #require(Self.gate.judge(Self.sums()))
    #expect(decision.isPromoted && decision.reasons.contains("5.0 % against 30.0 %"), "\(decision.reasons)")
    // Without a sample that both answered there is nothing to disagree on.
    let incomparable = Self.sums {
      ($0.compared, $0.agreeing, $0.withTruth, $0.correct, $0.activeCorrect) = (0, 0, 0, 0, 0)
    }
    #expect(Self.gate.judge(incomparable)?.isPromoted == true)
  }

  @Test(arguments: [
    ("agrees on 85.7 % of 700", { @Sendable (sums: inout ShadowSums) in sums.agreeing = 600 }),
    ("about 32.0 % of 1000", { @Sendable (sums: inout ShadowSums) in sums.wouldQuery = 320 }),
    ("right on 170 of 200", { @Sendable (sums: inout ShadowSums) in sums.correct = 170 }),
  ]) func refusesWithReasons(words: String, change: @Sendable (inout ShadowSums) -> Void) throws {
    let decision = try #require(Self.gate.judge(Self.sums(change)))
    #expect(!decision.isPromoted && decision.reasons.contains(words), "\(decision.reasons)")
  }
}

@Suite struct ShadowRoundTests {
  private static func shadowed(_ bench: Bench) -> TaskDistillation {
    var task = bench.task
    task.shadow.samples = 100
    return task
  }

  private static func seen(_ samples: Int, wouldQuery: Int = 0) -> ShadowSums {
    var sums = ShadowSums()
    (sums.samples, sums.wouldQuery, sums.queried) = (samples, wouldQuery, samples / 2)
    return sums
  }

  @Test func aCandidateIsPromotedOnceItHasSeenEnough() async throws {
    try await Bench.with { bench in
      let distiller = try bench.distiller(Self.shadowed(bench))
      #expect(try await distiller.look() == .finished(.shadowed))
      let shadow = try #require(try await bench.learnables(.shadow).first)
      #expect(try await distiller.look() == .shadowing(samples: 0))
      try await bench.models.add(Self.seen(60), model: shadow.id, at: Date())
      #expect(try await distiller.look() == .shadowing(samples: 60))
      try await bench.models.add(Self.seen(60), model: shadow.id, at: Date())
      // Another distiller, as after a restart, concludes it.
      #expect(try await bench.distiller(Self.shadowed(bench)).look() == .finished(.promoted))
      #expect(try await bench.learnables(.active).map(\.id) == [shadow.id])
    }
  }

  @Test func aShadowThatAsksMoreIsRejectedWithReasons() async throws {
    try await Bench.with { bench in
      let distiller = try bench.distiller(Self.shadowed(bench))
      #expect(try await distiller.look() == .finished(.shadowed))
      let shadow = try #require(try await bench.learnables(.shadow).first)
      try await bench.models.add(Self.seen(100, wouldQuery: 70), model: shadow.id, at: Date())
      #expect(try await distiller.look() == .finished(.rejected))
      #expect(try await bench.models.version(shadow.id).reasons?.contains("70.0 %") == true)
    }
  }

  @Test func aShadowOfVersionsThatNoLongerAnswerIsRejected() async throws {
    try await Bench.with { bench in
      let distiller = try bench.distiller(Self.shadowed(bench))
      #expect(try await distiller.look() == .finished(.shadowed))
      let shadow = try #require(try await bench.learnables(.shadow).first)
      var description = shadow.description
      description.version = "by hand"
      let bytes = try await bench.models.artifact(of: shadow.id)
      let other = try await bench.models.register(description, artifact: bytes, who: "operator")
      try await bench.models.promote(other.id, who: "operator", why: "by hand")
      try await bench.models.add(Self.seen(100), model: shadow.id, at: Date())
      #expect(try await distiller.look() == .finished(.rejected))
      #expect(try await bench.learnables(.active).map(\.id) == [other.id])
    }
  }

  @Test func aRequestedRoundTakesTheShadowsPlace() async throws {
    try await Bench.with { bench in
      let distiller = try bench.distiller(Self.shadowed(bench))
      #expect(try await distiller.look() == .finished(.shadowed))
      #expect(try await distiller.look(isRequested: true) == .finished(.shadowed))
      #expect(try await bench.learnables(.shadow).map(\.description.version) == ["learnable-2"])
      #expect(try await bench.learnables(.rejected).map(\.description.version) == ["learnable-1"])
    }
  }

  /// What a person puts into the shadow is that person's to promote.
  @Test func aPersonsShadowIsLeftAlone() async throws {
    try await Bench.with { bench in
      let distiller = try bench.distiller(Self.shadowed(bench))
      #expect(try await distiller.look() == .finished(.shadowed))
      let shadow = try #require(try await bench.learnables(.shadow).first)
      try await bench.models.move(shadow.id, to: .candidate, who: "operator", why: "stop")
      try await bench.models.move(shadow.id, to: .shadow, who: "operator", why: "watched by hand")
      try await bench.models.add(Self.seen(100), model: shadow.id, at: Date())
      #expect(try await distiller.look() == .idle(newAnswers: 0))
      #expect(try await bench.learnables(.shadow).count == 1)
    }
  }
}
