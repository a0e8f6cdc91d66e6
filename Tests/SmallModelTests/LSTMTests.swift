import Cascade
import Foundation
import Safetensors
import Testing
import Tokenizer

@testable import SmallModel

@Suite struct LSTMTests {
  /// 0.4 · sin(0.37 n + offset): what the golden figures were computed with, too.
  private func wave(_ count: Int, _ offset: Double) -> [Float] {
    (0..<count).map { Float(0.4 * sin(0.37 * Double($0) + offset)) }
  }

  private func network() throws -> LSTM {
    let shape = try LSTMShape(vocabulary: 20, padding: 0, dimension: 6, hidden: 32, labels: 3)
    func direction(_ offset: Double) -> LSTM.Direction {
      LSTM.Direction(
        input: wave(128 * 6, offset), recurrent: wave(128 * 32, offset + 1), bias: wave(128, offset + 2))
    }
    var embedding = wave(120, 0)
    embedding.replaceSubrange(0..<6, with: [Float](repeating: 0, count: 6))
    return try LSTM(
      shape: shape, embedding: embedding, forward: direction(1), backward: direction(4), head: wave(192, 7),
      headBias: wave(3, 8))
  }

  private let texts = TokenizedTexts([[], [3], [1, 2, 3, 4, 5, 6, 7], (0..<30).map { Int32($0 * 7 % 20) }])

  /// PyTorch's LSTM (1.13), the largest output over time, then the head, for `texts`.
  private static let golden: [Float] = [
    0.6948591, 0.5717959, 0.006622106,
    0.6145255, 0.5100631, 0.07241386,
    0.9314804, 0.9001324, -0.1526555,
    0.9838973, 0.9219199, -0.1999401,
  ]

  /// The sets of instructions that this processor has.
  private static let instructions = FoldedLSTM.Instructions.allCases.filter {
    $0.rawValue <= FoldedLSTM.Instructions.best(isExact: false).rawValue
  }

  private func distance(_ one: [Float], _ other: [Float]) -> Float {
    one.count == other.count ? zip(one, other).map { abs($0 - $1) }.max() ?? 0 : .infinity
  }

  @Test(arguments: instructions) func agreesWithAnotherFramework(instructions: FoldedLSTM.Instructions) throws {
    for bound in [1 << 30, 5000, 0] {
      let folded = FoldedLSTM(
        try network(), precision: .float32, memoryBound: bound, tokenCounts: [], instructions: instructions)
      let tolerance: Float = instructions == .avx512BF16 ? 0.02 : 1e-5
      #expect(distance(try folded.logits(texts), Self.golden) < tolerance, "bound \(bound)")
    }
  }

  @Test func whatLearnsAgreesWithAnotherFramework() throws {
    let learner = try LSTMLearner(network(), texts: [texts], settings: TrainingSettings())
    #expect(distance(try learner.logits(texts), Self.golden) < 1e-5)
  }

  @Test func halfPrecisionIsClose() throws {
    let half = FoldedLSTM(try network(), precision: .float16, memoryBound: 1 << 30, tokenCounts: [])
    #expect(distance(try half.logits(texts), Self.golden) < 0.02)
  }

  /// More texts than a block, of lengths that leave every remainder of a tile.
  @Test(arguments: instructions) func aTextsLogitsDoNotHangOnItsBatch(instructions: FoldedLSTM.Instructions) throws {
    var generator = SplitMix64(seed: 3)
    let many = TokenizedTexts(
      (0..<61).map { index in (0..<index % 13).map { _ in Int32.random(in: 1..<20, using: &generator) } })
    let folded = FoldedLSTM(
      try network(), precision: .float32, memoryBound: 1 << 30, tokenCounts: [], instructions: instructions)
    let together = try folded.logits(many)
    for index in 0..<many.count {
      #expect(try folded.logits(many.selecting([index])) == Array(together[index * 3..<index * 3 + 3]))
    }
  }

  @Test func aTokenOutsideTheVocabularyCountsAsPadding() throws {
    let folded = FoldedLSTM(try network(), precision: .float32, memoryBound: 1 << 30, tokenCounts: [])
    #expect(
      try folded.logits(TokenizedTexts([[5, 20, -1, .max]])) == folded.logits(TokenizedTexts([[5, 0, 0, 0]])))
  }

  private func toy() throws -> StoredLSTM {
    let shape = try LSTMShape(
      vocabulary: ToyData.vocabulary, padding: 0, dimension: 8, hidden: 16, labels: ToyData.labels)
    let vectors = try TokenEmbeddings(wave(ToyData.vocabulary * 8, 0), count: ToyData.vocabulary, dimension: 8)
    let vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]"] + (4..<50).map { "wört\($0)" }
    return try StoredLSTM(
      weights: LSTM(shape: shape, embeddings: vectors, scale: 2, seed: 1),
      tokenizer: WordPieceTokenizer(vocabulary: vocabulary), tokenCounts: [Int32](repeating: 1, count: 50))
  }

  /// Labels first; then a teacher's distributions, as an S2 learns from the large model.
  @Test func learnsFromLabelsAndFromATeacher() throws {
    let (training, heldOut) = (ToyData.labelled(300, seed: 1), ToyData.labelled(60, seed: 2))
    var accuracies: [Double] = []
    let labelled = try toy().trained(
      on: [training], heldOut: heldOut, settings: ToyData.settings(),
      progress: { accuracies.append($0.heldOutAccuracy ?? 0) }, checkCancellation: {})
    #expect(accuracies.max() ?? 0 > 0.95)
    // The teacher holds each label for the one behind it.
    let teacher = Targets.distributions(
      training.labels(of: 3).flatMap { label in (0..<3).map { $0 == (label + 1) % 3 ? 0.9 : 0.05 } })
    let moved = TrainingSource(texts: heldOut.texts, targets: .labels(heldOut.labels(of: 3).map { ($0 + 1) % 3 }))
    let network = try #require(labelled.network as? StoredLSTM)
    let taught = try network.trained(
      on: [TrainingSource(texts: training.texts, targets: teacher)], heldOut: moved, settings: ToyData.settings(),
      progress: { _ in }, checkCancellation: {})
    #expect(taught.epochs.compactMap(\.heldOutAccuracy).max() ?? 0 > 0.95)
  }

  @Test func theSameSeedGivesTheSameWeights() throws {
    func trained(_ seed: UInt64) throws -> LSTM {
      var settings = ToyData.settings()
      (settings.epochs, settings.seed) = (2, seed)
      return try toy().weights.trained(
        on: [ToyData.labelled(50, seed: 1)], heldOut: nil, settings: settings, progress: { _ in },
        checkCancellation: {}
      ).network
    }
    #expect(try trained(1) == trained(1))
    #expect(try trained(1) != trained(2))
  }

  @Test func comesBackFromItsFile() throws {
    let network = try toy()
    let card = ModelCard(
      task: "t", version: "v", createdAt: Date(timeIntervalSince1970: 0), labels: ["a", "b", "c"],
      training: ToyData.settings())
    let data = try SmallModelArtifact(card: card, network: network).encoded()
    let back = try SmallModelArtifact(data: data, name: "model")
    let read = try #require(back.network as? StoredLSTM)
    #expect(read.weights == network.weights && read.tokenCounts == network.tokenCounts)
    #expect(try back.encoded() == data)
    #expect(try SafetensorsFile(data: data, name: "model").entry("embedding").type == .float16)
    #expect(try back.predictor().logits([.text("wört4 wört9"), .text("")]).count == 6)
  }

  @Test func sizesThatNoKernelTakesAreRefused() {
    #expect(throws: SmallModelError.self) {
      try LSTMShape(vocabulary: 20, padding: 0, dimension: 6, hidden: 24, labels: 3)
    }
    #expect(throws: SmallModelError.self) {
      try LSTMShape(vocabulary: 20, padding: 20, dimension: 6, hidden: 32, labels: 3)
    }
  }
}
