import Evaluation
import Cascade
import Classification
import Content
import Distiller
import Encoders
import Foundation
import SmallModel
import Tasks
import Tokenizer

/// A task of 8 labels, each with 12 words of its own; a text has two of them among words that say nothing. S1 has seen
/// 4 words of each label, the stream brings all.
struct ToyTask {
  static let labels = (0..<8).map { "label \($0)" }
  private static let wordsPerLabel = 12
  private static let fillers = 30

  /// How the large model answers.
  struct Teacher {
    /// P(right) where it is not poisoned.
    var accuracy = 0.92
    /// Labels whose answers are wrong in `poisonShare` of the cases.
    var poisoned: Range<Int> = 0..<0
    var poisonShare = 0.0
    var confidence: Float = 0.9
  }

  struct Text {
    let words: String
    let label: Int
  }

  private var generator: SplitMix64

  init(seed: UInt64) { generator = SplitMix64(seed: seed) }

  mutating func texts(_ count: Int, words: Int = wordsPerLabel) -> [Text] {
    (0..<count).map { index in
      let label = index % Self.labels.count
      let own = (0..<2).map { _ in "own\(label)x\(Int.random(in: 0..<words, using: &generator))" }
      let others = (0..<4).map { _ in "filler\(Int.random(in: 0..<Self.fillers, using: &generator))" }
      return Text(words: (own + others).shuffled(using: &generator).joined(separator: " "), label: label)
    }
  }

  mutating func answer(_ text: Text, _ teacher: Teacher) -> (label: Int, confidence: Float) {
    let wrong = teacher.poisoned.contains(text.label) ? teacher.poisonShare : 1 - teacher.accuracy
    let isWrong = Double.random(in: 0..<1, using: &generator) < wrong
    return (isWrong ? (text.label + 1) % Self.labels.count : text.label, teacher.confidence)
  }

  mutating func heldOut(_ count: Int, _ teacher: Teacher = Teacher()) -> [HeldOutRow] {
    texts(count).enumerated().map { index, text in
      let answer = answer(text, teacher)
      return HeldOutRow(
        id: "held-out \(index)", input: .text(text.words), label: Self.labels[text.label],
        region: text.label < 4 ? "head" : "tail", largeLabel: Self.labels[answer.label],
        largeConfidence: answer.confidence)
    }
  }

  /// The stream as the store has it: the large model was asked for all of it.
  mutating func stream(_ count: Int, _ teacher: Teacher = Teacher(), isLabelled: Bool = false) -> [StreamAnswer] {
    texts(count).enumerated().map { index, text in
      let answer = answer(text, teacher)
      let entry = LabelDistribution.Entry(label: Self.labels[answer.label], probability: answer.confidence)
      return StreamAnswer(
        id: "stream \(index)", input: .text(text.words), category: "producer \(index % 3)",
        truth: isLabelled ? .label(Self.labels[text.label]) : nil,
        large: LargeOpinion(LabelDistribution(top: [entry], rest: 1 - answer.confidence)))
    }
  }

  static var training: TrainingSettings {
    var settings = TrainingSettings()
    (settings.epochs, settings.batchSize, settings.learningRate) = (15, 16, 0.02)
    (settings.dropout, settings.embeddingDropout, settings.heldOutShare) = (0.1, 0.1, 0)
    return settings
  }

  /// S1, trained on 64 texts of a third of the words, calibrated on held-out samples.
  static func specific(heldOut: [HeldOutRow]) async throws -> SmallModelArtifact {
    let network = try await network(dimension: 8)
    return try calibrated(network.weights, network.tokenizer, heldOut: heldOut)
  }

  /// A TextCNN, trained on 64 texts of a third of the words.
  static func network(dimension: Int) async throws -> StoredTextCNN {
    var task = ToyTask(seed: 1)
    let (shape, tokenizer) = try shape(dimension: dimension)
    let texts = task.texts(64, words: 4)
    let source = TrainingSource(
      texts: TokenizedTexts(texts.map(\.words), tokenizer: tokenizer, maximum: 64), targets: .labels(texts.map(\.label))
    )
    let network = try await TextCNN(shape: shape, embeddings: nil, seed: 1).trained(on: [source], settings: training)
      .network
    return try StoredTextCNN(
      weights: network, tokenizer: tokenizer, tokenCounts: [Int32](repeating: 1, count: shape.vocabulary))
  }

  /// What every small model of the task starts from.
  static func shape(dimension: Int = 8) throws -> (TextCNNShape, WordPieceTokenizer) {
    let vocabulary =
      ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
      + labels.indices.flatMap { label in (0..<wordsPerLabel).map { "own\(label)x\($0)" } }
      + (0..<fillers).map { "filler\($0)" }
    let tokenizer = try WordPieceTokenizer(vocabulary: vocabulary)
    let shape = try TextCNNShape(
      vocabulary: vocabulary.count, padding: Int(tokenizer.padding), dimension: dimension,
      filters: [FilterBank(width: 1, count: 16)], labels: labels.count)
    return (shape, tokenizer)
  }

  /// The task as its folder would have it, with a network that needs no encoder.
  static func definition() throws -> TaskDefinition {
    let names = labels.map { "\"\($0)\"" }.joined(separator: ", ")
    var definition = try TaskDefinition(
      json: #"{"task": {"name": "toy", "labels": [\#(names)]}, "threshold": {"rule": "parity", "target": 0.9}}"#)
    definition.smallModel = ToyRecipe()
    return definition
  }

  private static func calibrated(
    _ network: TextCNN, _ tokenizer: WordPieceTokenizer, heldOut: [HeldOutRow]
  ) throws -> SmallModelArtifact {
    let index = LabelIndex(labels)
    let truth = heldOut.map { index[$0.label] ?? 0 }
    let texts = TokenizedTexts(heldOut.map { $0.input.text ?? "" }, tokenizer: tokenizer, maximum: 64)
    let logits = try FoldedTextCNN(network).logits(texts)
    let temperature = Temperature.fit(logits: logits, labels: truth, classCount: labels.count)
    let curve = ThresholdCurve(
      heldOut.indices.map { row in
        let slice = Array(logits[row * labels.count..<(row + 1) * labels.count])
        let confidence = TopLabel(Softmax.probabilities(slice, temperature: temperature))
        return HeldOutOutcome(
          confidence: confidence.probability, quality: confidence.label == truth[row] ? 1 : 0,
          agreement: confidence.label == index[heldOut[row].largeLabel] ? 1 : 0,
          nextQuality: heldOut[row].largeLabel == heldOut[row].label ? 1 : 0)
      })
    let point = try ThresholdRule.bestAccuracy.choose(from: curve)
    let card = ModelCard(
      task: "toy", version: "specific-1", createdAt: Date(timeIntervalSince1970: 0), labels: labels,
      temperature: Double(temperature), thresholds: ["shunt": Double(point.threshold)], training: training)
    return try SmallModelArtifact(
      card: card, network: network, tokenizer: tokenizer,
      tokenCounts: [Int32](repeating: 1, count: network.shape.vocabulary))
  }
}

/// A TextCNN over the toy's own words.
struct ToyRecipe: NetworkRecipe {
  var training = ToyTask.training
  var reads: Set<Input.Kind>? { [.text] }

  func makes(_ network: any SmallModelNetwork) -> Bool { network is StoredTextCNN }

  func train(
    _ examples: TrainingExamples, heldOut: TrainingExamples?, labels: [String], encoders: EncoderLibrary,
    progress: @escaping @Sendable (TrainingEpoch) -> Void
  ) async throws -> TrainedNetwork {
    let (shape, tokenizer) = try ToyTask.shape()
    let start = try StoredTextCNN(
      weights: TextCNN(shape: shape, embeddings: nil, seed: 1), tokenizer: tokenizer,
      tokenCounts: [Int32](repeating: 1, count: shape.vocabulary))
    return try await start.trained(on: [examples], heldOut: heldOut, settings: training, progress: progress)
  }
}
