import Testing
import Torch

@testable import SmallModel

@Suite struct DistillationTests {
  /// Two texts each: what the large model teaches, and what the specific one does.
  private static func source(largeTeaches: Bool) -> TrainingSource {
    largeTeaches
      ? TrainingSource(
        texts: TokenizedTexts([[2, 5, 6], [3]]), targets: .distributions([0.1, 0.85, 0.05, 0.4, 0.3, 0.3]))
      : TrainingSource(
        texts: TokenizedTexts([[1, 4], [3, 9]]), targets: .distributions([0.9, 0.05, 0.05, 0.1, 0.1, 0.8]), weight: 0.5)
  }

  /// KL(teacher ‖ network) is Σ t·ln(t / p), mean over texts; a certain teacher makes it the cross-entropy.
  @Test func theLossIsTheDivergence() throws {
    let logits = try Tensor([1, 0, -1, 0.5, 0.5, 2], shape: [2, 3])
    func loss(_ targets: Targets) throws -> Float {
      let source = TrainingSource(texts: TokenizedTexts([[1], [2]] as [[Int32]]), targets: targets)
      return try TrainingLoss(source, labels: 3, settings: TrainingSettings()).value(logits, indices: [0, 1]).item()
    }
    #expect(abs(try loss(.distributions([0, 1, 0, 0, 0, 1])) - loss(.labels([1, 2]))) < 1e-6)
    let softmax = try logits.softmax(1).floats()
    #expect(abs(try loss(.distributions(softmax))) < 1e-6)
    // torch.nn.functional.kl_div(…, reduction="batchmean") of PyTorch 1.13.
    #expect(abs(try loss(.distributions([0.2, 0.3, 0.5, 0.6, 0.3, 0.1])) - 0.749494) < 1e-5)
  }

  /// Of both losses, through the whole network, in each of its tensors.
  @Test(arguments: [true, false]) func gradientsMatchFiniteDifferences(largeTeaches: Bool) throws {
    let source = Self.source(largeTeaches: largeTeaches)
    let network = try TextCNNNetwork(
      ToyData.network(), subset: TokenSubset([source.texts], vocabulary: ToyData.vocabulary, padding: 0))
    let loss = try TrainingLoss(source, labels: 3, settings: TrainingSettings())
    func value() throws -> Tensor {
      let batch = try TextBatch(source.texts, indices: [0, 1], subset: network.subset)
      return try loss.value(network.logits(batch), indices: [0, 1])
    }
    try value().backward()
    for parameter in network.parameters {
      let gradient = try #require(try parameter.gradient()).floats()
      let start = try parameter.floats()
      let first = parameter === network.embedding ? network.embedding.shape[1] : 0  // Not the padding's row.
      for index in stride(from: first, to: start.count, by: max(1, start.count / 7)) {
        let values = try [Float(5e-3), -5e-3].map { step in
          var moved = start
          moved[index] += step
          try parameter.assign(Tensor(moved, shape: parameter.shape))
          return try value().item()
        }
        try parameter.assign(Tensor(start, shape: parameter.shape))
        #expect(abs((values[0] - values[1]) / 1e-2 - gradient[index]) < 2e-3, "shape \(parameter.shape), \(index)")
      }
    }
  }

  /// A teacher that knows the toy rule teaches it to a student that never sees a label.
  @Test func aStudentLearnsFromItsTeachers() async throws {
    let pool = ToyData.labelled(300, seed: 5)
    let truth = pool.labels(of: 3)
    let teachers = [0, 1].map { first in
      let indices = Array(stride(from: first, to: pool.count, by: 2))
      return TrainingSource(
        texts: pool.texts.selecting(indices),
        targets: .distributions(indices.flatMap { index in (0..<3).map { $0 == truth[index] ? 0.96 : 0.02 } }))
    }
    let heldOut = ToyData.labelled(60, seed: 6)
    let outcome = try await ToyData.network().trained(
      on: [ToyData.labelled(9, seed: 8)] + teachers, heldOut: heldOut, settings: ToyData.settings())
    #expect(try #require(outcome.epochs[outcome.bestEpoch - 1].heldOutAccuracy) > 0.9)
  }
}
