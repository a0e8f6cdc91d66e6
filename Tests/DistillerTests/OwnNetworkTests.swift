import Content
import Encoders
import Evaluation
import SmallModel
import Testing

@testable import Distiller

/// S2 as a network of its own, beside S1.
@Suite struct OwnNetworkTests {
  /// A TextCNN of 12 dimensions, where S1 has 8.
  private struct Wider: NetworkRecipe {
    var training = ToyTask.training

    func makes(_ network: any SmallModelNetwork) -> Bool { dimension(network) == 12 }

    func train(
      _ examples: TrainingExamples, heldOut: TrainingExamples?, labels: [String], encoders: EncoderLibrary,
      progress: @escaping @Sendable (TrainingEpoch) -> Void
    ) async throws -> TrainedNetwork {
      guard case .labels(let classes) = examples.targets, classes.count == examples.inputs.count else {
        throw DistillerError("a recipe wants labels")
      }
      return try await ToyTask.network(dimension: 12).trainable(encoders)
        .trained(on: [examples], heldOut: nil, settings: training, progress: progress)
    }
  }

  private static func dimension(_ network: any SmallModelNetwork) -> Int? {
    (network as? StoredTextCNN)?.weights.shape.dimension
  }

  private static var rule: Distillation.Rule {
    var rule = Distillation.Rule()
    rule.training = ToyTask.training
    rule.learnable = Wider()
    rule.gate.bootstrap.resamples = 300
    return rule
  }

  private static func candidate(
    learnable: SmallModelArtifact? = nil, _ rule: Distillation.Rule = rule
  ) async throws -> Distillation.Candidate {
    var task = ToyTask(seed: 7)
    let heldOut = task.heldOut(800)
    let input = Distillation.Input(
      specific: try await ToyTask.specific(heldOut: heldOut).stage(.specific),
      learnable: try learnable?.stage(.learnable), answers: task.stream(1600), heldOut: heldOut,
      version: "learnable-\(learnable == nil ? 1 : 2)")
    guard case .judged(let candidate) = try await Distillation(rule).run(input) else {
      throw DistillerError("there is nothing to learn")
    }
    return candidate
  }

  @Test func startsFromNothingAndGoesOnFromItsOwnLastVersion() async throws {
    let first = try await Self.candidate()
    #expect(Self.dimension(first.artifact.network) == 12 && first.artifact.card.parent == nil)
    #expect(first.verdict.decision == .promoted, "\(first.verdict.summary)")
    #expect(first.verdict.candidate.queryShare < first.verdict.inForce.queryShare)
    let second = try await Self.candidate(learnable: first.artifact)
    #expect(Self.dimension(second.artifact.network) == 12 && second.artifact.card.parent == "learnable-1")
    var anew = Self.rule
    anew.start = .specific
    #expect(try await Self.candidate(learnable: first.artifact, anew).artifact.card.parent == nil)
  }

  /// The task's folder named another network after the last round.
  @Test func anS2OfAnotherNetworkIsNotGoneOnFrom() async throws {
    var copied = Self.rule
    copied.learnable = nil
    let copy = try await Self.candidate(copied)
    #expect(Self.dimension(copy.artifact.network) == 8 && copy.artifact.card.parent == "specific-1")
    let own = try await Self.candidate(learnable: copy.artifact)
    #expect(Self.dimension(own.artifact.network) == 12 && own.artifact.card.parent == nil)
  }

  private static func candidate(_ rule: Distillation.Rule) async throws -> Distillation.Candidate {
    try await candidate(learnable: nil, rule)
  }
}
