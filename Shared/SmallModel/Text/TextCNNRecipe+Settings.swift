import Encoders
import Settings

/// What a task's section of a small model says of a TextCNN and its training.
extension TextCNNRecipe {
  /// Reads the section.
  public init(_ reader: SettingsReader) {
    self.init(
      dimension: 128, filters: [1, 2, 3].map { FilterBank(width: $0, count: 100) }, encoder: ModelFetch.modelName,
      embeddingScale: 3, training: TrainingSettings())
    reader.read(
      "dimension", &dimension, .integer(in: TextCNNShape.Ranges.dimension),
      help: "Dimensions of the token embeddings, at most as many as the encoder's.")
    reader.read(
      "encoder", &encoder, .filledText,
      help: "The folder of the encoder whose vocabulary and token table the model starts from.")
    reader.read(
      "embedding_scale", &embeddingScale, .number(in: 0.01...100), help: "A factor on that table's vectors.")
    readFilters(reader)
    training.read(reader)
  }

  /// `"filters": {"1": 100, "2": 100, "3": 100}`: how many filters of each width.
  private mutating func readFilters(_ reader: SettingsReader) {
    let (widths, counts) = (TextCNNShape.Ranges.width, TextCNNShape.Ranges.count)
    let shown = filters.map { "\"\($0.width)\": \($0.count)" }.joined(separator: ", ")
    let allowed =
      "widths from \(widths.lowerBound) to \(widths.upperBound) with counts from \(counts.lowerBound) to "
      + "\(counts.upperBound)"
    let given = reader.map(
      "filters", defaultText: "{\(shown)}", isSecret: { _ in false },
      help: "How many filters of each width: \(allowed).")
    guard !given.isEmpty else { return }
    let banks = given.compactMap { width, count in
      Int(width).flatMap { width in Int(count).map { FilterBank(width: width, count: $0) } }
    }
    if banks.count < given.count || !banks.allSatisfy({ widths ~= $0.width && counts ~= $0.count }) {
      let text = given.sorted { $0.key < $1.key }.map { "\"\($0.key)\": \($0.value)" }.joined(separator: ", ")
      reader.refuse("filters", because: "{\(text)} must have \(allowed), such as {\"2\": 100}")
    }
    filters = banks.sorted { $0.width < $1.width }
  }
}

extension TrainingSettings {
  /// Reads the keys of a small model's training.
  mutating func read(_ reader: SettingsReader) {
    readSteps(reader)
    reader.read(
      "embedding_dropout", &embeddingDropout, .number(in: Ranges.share),
      help: "The share of the embeddings' numbers that each step zeroes.")
    reader.read(
      "token_dropout", &tokenDropout, .number(in: Ranges.share), help: "The share of the tokens that each step zeroes.")
    reader.read(
      "weight_decay", &weightDecay, .number(in: Ranges.weightDecay),
      help: "Decoupled weight decay of filters and head; the embedding has none.")
    reader.read(
      "label_smoothing", &labelSmoothing, .number(in: Ranges.share),
      help: "The share of a hard target that is spread evenly over all labels.")
    reader.read(
      "class_weighting", &classWeighting, .number(in: Ranges.classWeighting),
      help: "How strongly rare labels count for more: weight = (mean count ÷ count)^this; 0: not at all.")
    reader.read(
      "maximum_tokens", &maximumTokens, .integer(in: Ranges.maximumTokens), help: "Tokens of a text that are read.")
    reader.read(
      "patience", &patience, .integer(in: Ranges.patience),
      help: "Epochs without a better held-out accuracy after which training ends.")
    reader.read(
      "held_out_share", &heldOutShare, .number(in: Ranges.share),
      help: "The share of the training data that is held out where no held-out data are given.")
  }

  /// Reads the keys that training and distillation share.
  public mutating func readSteps(_ reader: SettingsReader) {
    reader.read("epochs", &epochs, .integer(in: Ranges.epochs), help: "Passes over the training data, at most.")
    reader.read("batch_size", &batchSize, .integer(in: Ranges.batchSize), help: "Texts a step.")
    reader.read(
      "learning_rate", &learningRate, .number(in: Ranges.learningRate),
      help: "Adam's learning rate at the start; it falls to 0 along half a cosine.")
    reader.read(
      "dropout", &dropout, .number(in: Ranges.share), help: "The share of the head's inputs that each step zeroes.")
    reader.read(
      "seed", &seed, .integer(in: 0...Int.max),
      help: "What the starting weights, the order of the data and dropout are drawn from.")
    reader.read(
      "threads", &threads, .integer(in: Ranges.threads),
      help: "Threads; with one, the same seed gives the same weights to the bit.")
  }
}
