import Settings

extension TrainingSettings {
  /// Reads the keys of a TextCNN's training.
  mutating func readText(_ reader: SettingsReader) {
    readSteps(reader)
    readLabels(reader)
    reader.read(
      "embedding_dropout", &embeddingDropout, .number(in: Ranges.share),
      help: "The share of the embeddings' numbers that each step zeroes.")
    reader.read(
      "token_dropout", &tokenDropout, .number(in: Ranges.share), help: "The share of the tokens that each step zeroes.")
    reader.read(
      "maximum_tokens", &maximumTokens, .integer(in: Ranges.maximumTokens), help: "Tokens of a text that are read.")
  }

  /// Reads the keys that training on labels adds, whatever the network.
  mutating func readLabels(_ reader: SettingsReader) {
    readRegularisation(reader)
    reader.read(
      "class_weighting", &classWeighting, .number(in: Ranges.classWeighting),
      help: "How strongly rare labels count for more: weight = (mean count ÷ count)^this; 0: not at all.")
    reader.read(
      "logit_adjustment", &logitAdjustment, .number(in: Ranges.logitAdjustment),
      help: "How strongly labels are learnt as if all were equally frequent; 1: wholly, 0: not at all.")
    readEnd(reader)
  }

  /// Reads the keys of a captioner's training.
  mutating func readCaptions(_ reader: SettingsReader) {
    readSteps(reader)
    readRegularisation(reader)
    readEnd(reader)
    reader.read(
      "maximum_tokens", &maximumTokens, .integer(in: Ranges.maximumTokens), help: "Words of a caption that are learnt.")
  }

  private mutating func readRegularisation(_ reader: SettingsReader) {
    reader.read(
      "weight_decay", &weightDecay, .number(in: Ranges.weightDecay),
      help: "Weight decay of filters and head; embeddings and batch normalisation have none.")
    reader.read(
      "warm_up", &warmUp, .number(in: Ranges.share),
      help: "The share of the steps in which the learning rate rises, before it falls.")
    reader.read(
      "label_smoothing", &labelSmoothing, .number(in: Ranges.share),
      help: "The share of a hard target that is spread evenly over all labels.")
  }

  private mutating func readEnd(_ reader: SettingsReader) {
    reader.read(
      "patience", &patience, .integer(in: Ranges.patience),
      help: "Epochs without a better held-out accuracy after which training ends.")
    reader.read(
      "held_out_share", &heldOutShare, .number(in: Ranges.share),
      help: "The share of the training data that is held out where no held-out data are given.")
  }

  /// Reads the keys that training and distillation share.
  public mutating func readSteps(_ reader: SettingsReader) {
    readOptimizer(reader)
    reader.read(
      "dropout", &dropout, .number(in: Ranges.share), help: "The share of the head's inputs that each step zeroes.")
  }

  /// Reads the keys of all training.
  mutating func readOptimizer(_ reader: SettingsReader) {
    reader.read("epochs", &epochs, .integer(in: Ranges.epochs), help: "Passes over the training data, at most.")
    reader.read("batch_size", &batchSize, .integer(in: Ranges.batchSize), help: "Inputs a step.")
    reader.read(
      "optimizer", &optimizer, .choice, help: "What moves the weights; a text's embedding always moves by Adam.")
    reader.read(
      "learning_rate", &learningRate, .number(in: Ranges.learningRate),
      help: "The largest learning rate; it falls to 0 along half a cosine.")
    reader.read(
      "seed", &seed, .integer(in: 0...Int.max),
      help: "What the starting weights, the order of the data and dropout are drawn from.")
    reader.read(
      "threads", &threads, .integer(in: Ranges.threads),
      help: "Threads; with one, the same seed gives the same weights to the bit.")
  }
}
