import Cascade
import Classification
import Tokenizer

/// The small models of a task in force, ready to answer: S1, and S2 where there is one. The router and the offline
/// evaluation answer with the same code, which is this.
public struct SmallModelCascade: Sendable {
  /// The task's labels.
  public let labels: LabelIndex
  /// Who answers at which threshold, in order.
  public let stages: [CascadeStage]
  private let temperatures: [Float]
  private let networks: [FoldedTextCNN]
  private let tokenizer: WordPieceTokenizer
  private let maximumTokens: Int

  /// One small model and its place.
  public struct Member: Sendable {
    let stage: CascadeStage
    let temperature: Float
    let network: FoldedTextCNN

    /// A network that answers at a stage, its logits divided by `temperature`, above 0.
    public init(stage: CascadeStage, temperature: Float, network: FoldedTextCNN) {
      self.stage = stage
      self.temperature = temperature
      self.network = network
    }
  }

  /// - Parameters:
  ///   - members: in order; they share labels and vocabulary, because S2 starts as a copy of S1.
  ///   - maximumTokens: tokens of a text that are read.
  /// - Throws: `SmallModelError` where a member does not fit the labels or the vocabulary.
  public init(
    labels: [String], members: [Member], tokenizer: WordPieceTokenizer, maximumTokens: Int
  ) throws(SmallModelError) {
    for member in members {
      let shape = member.network.shape
      guard shape.labels == labels.count else {
        throw SmallModelError(
          "version \(member.stage.version) answers with \(shape.labels) labels, the task has \(labels.count)")
      }
      guard shape.vocabulary == tokenizer.vocabulary.count else {
        throw SmallModelError(
          "version \(member.stage.version) knows \(shape.vocabulary) tokens, the tokenizer has "
            + "\(tokenizer.vocabulary.count)")
      }
    }
    self.labels = LabelIndex(labels)
    stages = members.map(\.stage)
    temperatures = members.map(\.temperature)
    networks = members.map(\.network)
    self.tokenizer = tokenizer
    self.maximumTokens = maximumTokens
  }

  /// Memory that is kept from batch to batch; one caller at a time.
  public struct Scratch: ~Copyable {
    /// For each text of the last batch, whether its end was not read.
    public private(set) var isTruncated: [Bool] = []
    fileprivate var texts = TokenizedTexts()
    fileprivate var network = FoldedTextCNN.Scratch()

    /// Without memory yet.
    public init() {}

    fileprivate mutating func tokenize(_ texts: [String], _ cascade: SmallModelCascade) {
      self.texts.removeAll()
      isTruncated.removeAll(keepingCapacity: true)
      for text in texts {
        isTruncated.append(
          self.texts.append(text, tokenizer: cascade.tokenizer, maximum: cascade.maximumTokens))
      }
    }
  }

  /// Sends texts through the small models, each seeing only what the ones before it were unsure of.
  public func shunt(_ texts: [String], scratch: inout Scratch) throws -> ClassifiedBatch {
    scratch.tokenize(texts, self)
    return try ClassifiedBatch(
      count: scratch.texts.count, stages: stages, temperatures: temperatures, classCount: labels.names.count
    ) { stage, samples, logits in
      let isAll = samples.count == scratch.texts.count
      let open = isAll ? scratch.texts : scratch.texts.selecting(samples)
      try networks[stage].predict(open, into: logits, scratch: &scratch.network)
    }
  }
}
