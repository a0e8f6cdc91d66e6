import Cascade
import Testing

@testable import SmallModel

@Suite struct FoldedTextCNNTests {
  /// Texts of 0 to 40 tokens, shorter than the widest filter among them.
  private func texts(vocabulary: Int, seed: UInt64) -> TokenizedTexts {
    var generator = SplitMix64(seed: seed)
    let lengths = Array(0...12) + [40, 3, 25]
    return TokenizedTexts(
      lengths.map { length in (0..<length).map { _ in Int32.random(in: 0..<Int32(vocabulary), using: &generator) } })
  }

  static let shapes: [TextCNNShape] = {
    let banks: [[(Int, Int)]] = [
      [(1, 100), (2, 100), (3, 100)], [(3, 20), (4, 7), (5, 130)], [(6, 3), (7, 17), (8, 16)], [],
    ]
    return banks.flatMap { bank in
      [2, 70, 150].compactMap { labels in
        do {
          return try TextCNNShape(
            vocabulary: 300, padding: 0, dimension: 24, filters: bank.map { FilterBank(width: $0.0, count: $0.1) },
            labels: labels)
        } catch {
          Issue.record(error)
          return nil
        }
      }
    }
  }()

  /// Every set of instructions that this processor has, with all tokens folded, some, and none.
  @Test(arguments: shapes) func agreesWithTorch(shape: TextCNNShape) throws {
    let network = try TextCNN(shape: shape, embeddings: nil, seed: 3)
    let texts = texts(vocabulary: shape.vocabulary, seed: 5)
    let expected = try network.logits(texts)
    for instructions in FoldedTextCNN.Instructions.allCases
    where instructions.rawValue <= FoldedTextCNN.Instructions.best.rawValue {
      for bound in [1 << 30, 100_000, 0] {
        let folded = try FoldedTextCNN(
          network, precision: .float32, memoryBound: bound, tokenCounts: texts.tokenCounts(vocabulary: 300),
          instructions: instructions)
        let logits = try folded.logits(texts)
        let error = zip(logits, expected).map { abs($0 - $1) }.max() ?? .infinity
        #expect(logits.count == expected.count && error < 1e-4, "instructions \(instructions), bound \(bound)")
      }
    }
  }

  @Test func halfPrecisionIsClose() throws {
    let shape = try #require(Self.shapes.first)
    let network = try TextCNN(shape: shape, embeddings: nil, seed: 4)
    let texts = texts(vocabulary: shape.vocabulary, seed: 6)
    let full = try FoldedTextCNN(network)
    let half = try FoldedTextCNN(network, precision: .float16)
    let error = try zip(full.logits(texts), half.logits(texts)).map { abs($0 - $1) }.max() ?? .infinity
    #expect(error < 5e-3)
    if FoldedTextCNN.Instructions.best != .portable { #expect(half.byteCount < full.byteCount) }
  }

  @Test func theMemoryBoundGoesToFrequentTokens() throws {
    let shape = try #require(Self.shapes.first)
    let network = try TextCNN(shape: shape, embeddings: nil, seed: 4)
    var counts = [Int32](repeating: 0, count: 300)
    counts[200] = 9
    let rowBytes = 4 * FoldedLayout(shape).rowLength
    let folded = try FoldedTextCNN(network, memoryBound: 3 * rowBytes, tokenCounts: counts)
    #expect(folded.foldedTokens == 3)
    #expect([200, 0, 1].allSatisfy(folded.isFolded))
    #expect(!folded.isFolded(2))
    #expect(throws: SmallModelError.self) { try FoldedTextCNN(network, tokenCounts: [1, 2]) }
  }

  @Test func aTokenOutsideTheVocabularyCountsAsPadding() throws {
    let shape = try #require(Self.shapes.first)
    let folded = try FoldedTextCNN(TextCNN(shape: shape, embeddings: nil, seed: 4))
    let foreign = try folded.logits(TokenizedTexts([[5, 300, -1, .max, 6]]))
    #expect(try foreign == folded.logits(TokenizedTexts([[5, 0, 0, 0, 6]])))
  }

  @Test func oneScratchServesModelsOfAnySize() throws {
    var scratch = FoldedTextCNN.Scratch()
    for shape in Self.shapes {
      let folded = try FoldedTextCNN(TextCNN(shape: shape, embeddings: nil, seed: 4), memoryBound: 50_000)
      let texts = texts(vocabulary: 300, seed: UInt64(shape.features))
      var logits = [Float](repeating: .nan, count: texts.count * shape.labels)
      try logits.withUnsafeMutableBufferPointer { try folded.predict(texts, into: $0, scratch: &scratch) }
      #expect(try logits == folded.logits(texts))
      #expect(throws: SmallModelError.self) {
        try folded.predict(texts, into: UnsafeMutableBufferPointer(start: nil, count: 0), scratch: &scratch)
      }
    }
  }

  @Test func aTextsLogitsDoNotDependOnItsBatch() throws {
    let shape = try #require(Self.shapes.first)
    let network = try TextCNN(shape: shape, embeddings: nil, seed: 4)
    let folded = try FoldedTextCNN(network)
    let texts = texts(vocabulary: 300, seed: 8)
    let together = try folded.logits(texts)
    let onTorch = try network.logits(texts, batchSize: 5)
    for index in 0..<texts.count {
      let alone = try folded.logits(texts.selecting([index]))
      for (label, logit) in alone.enumerated() {
        #expect(abs(logit - together[index * shape.labels + label]) < 1e-5)
        #expect(abs(logit - onTorch[index * shape.labels + label]) < 1e-4)
      }
    }
  }
}
