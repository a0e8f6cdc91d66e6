import Encoders
import Settings
import SmallModel

/// Section `small_model` of a task: the TextCNN and its training.
extension TextCNNRecipe {
  init(_ reader: SettingsReader) {
    self.init(
      dimension: reader.integer("dimension", default: 128, in: 8...4096), filters: Self.filters(reader),
      encoder: reader.text("encoder", default: ModelFetch.modelName),
      embeddingScale: reader.number("embedding_scale", default: 3, in: 0.01...100), training: TrainingSettings(reader))
  }

  /// `"filters": {"1": 100, "2": 100, "3": 100}`: how many filters of each width.
  private static func filters(_ reader: SettingsReader) -> [FilterBank] {
    let given = reader.map("filters", isSecret: { _ in false })
    guard !given.isEmpty else { return [1, 2, 3].map { FilterBank(width: $0, count: 100) } }
    let banks = given.compactMap { width, count in
      Int(width).flatMap { width in Int(count).map { FilterBank(width: width, count: $0) } }
    }
    if banks.count < given.count || banks.contains(where: { !(1...8).contains($0.width) || $0.count < 1 }) {
      reader.refuse(
        "filters", because: "must be an object of widths from 1 to 8 and counts from 1, such as {\"2\": 100}")
    }
    return banks.sorted { $0.width < $1.width }
  }
}

extension TrainingSettings {
  /// Reads the keys of section `small_model` that concern training.
  init(_ reader: SettingsReader) {
    self.init()
    epochs = reader.integer("epochs", default: epochs, in: 1...10_000)
    batchSize = reader.integer("batch_size", default: batchSize, in: 1...100_000)
    learningRate = reader.number("learning_rate", default: learningRate, in: 1e-6...10)
    dropout = reader.number("dropout", default: dropout, in: 0...0.99)
    embeddingDropout = reader.number("embedding_dropout", default: embeddingDropout, in: 0...0.99)
    tokenDropout = reader.number("token_dropout", default: tokenDropout, in: 0...0.99)
    weightDecay = reader.number("weight_decay", default: weightDecay, in: 0...10)
    labelSmoothing = reader.number("label_smoothing", default: labelSmoothing, in: 0...0.99)
    classWeighting = reader.number("class_weighting", default: classWeighting, in: 0...2)
    maximumTokens = reader.integer("maximum_tokens", default: maximumTokens, in: 1...100_000)
    patience = reader.integer("patience", default: patience, in: 1...10_000)
    heldOutShare = reader.number("held_out_share", default: heldOutShare, in: 0...0.9)
    seed = UInt64(reader.integer("seed", default: 0, in: 0...Int.max))
    threads = reader.integer("threads", default: threads, in: 1...1024)
  }
}
