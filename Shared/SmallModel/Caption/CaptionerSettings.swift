import Content
import Encoders
import Settings

/// What the recipes of all captioners have.
struct CaptionerSettings: Sendable {
  /// The image encoder's folder below the models' folder.
  var encoder: String
  /// How often training captions must have a word that the captioner knows.
  var minimumCount = 4
  var search = CaptionSearch()
  var training: TrainingSettings

  /// - Parameter encoder: where settings name none.
  init(encoder: String) {
    self.encoder = encoder
    training = TrainingSettings()
    (training.epochs, training.batchSize, training.patience) = (12, 64, 3)
    (training.learningRate, training.warmUp, training.labelSmoothing) = (0.001, 0.05, 0.1)
    (training.weightDecay, training.maximumTokens) = (0.0001, 24)
  }

  mutating func read(_ reader: SettingsReader) {
    reader.read(
      "encoder", &encoder, .filledText,
      help: "The image encoder's folder below the models' folder, such as `efficientnet-lite0`.")
    reader.read(
      "minimum_count", &minimumCount, .integer(in: 1...10_000),
      help: "How often the training captions must have a word that the captioner knows.")
    reader.read(
      "beam_width", &search.width, .integer(in: CaptionSearch.widths),
      help: "Captions that are followed side by side; 1 takes the most probable word each time.")
    reader.read(
      "length_exponent", &search.lengthExponent, .number(in: CaptionSearch.lengthExponents),
      help: "How captions of different lengths compare: 0 favours short ones, 1 takes the mean over the words.")
    reader.read(
      "longest", &search.longest, .integer(in: CaptionSearch.lengths), help: "Words of a caption, at most.")
    training.readCaptions(reader)
  }

  /// Makes and trains a captioner.
  /// - Parameter shape: of so many tokens, places and channels.
  func train<Shape: DecoderShape>(
    _ examples: CaptionExamples, heldOut: CaptionExamples?, encoders: EncoderLibrary,
    progress: @escaping @Sendable (TrainingEpoch) -> Void,
    shape: @Sendable (_ tokens: Int, _ places: Int, _ channels: Int) throws -> Shape
  ) async throws -> TrainedCaptioner {
    guard case .captions(let captions) = examples.targets else {
      throw SmallModelError("a captioner that knows no words yet learns from captions, not from distributions")
    }
    try examples.check(have: .image)
    let loaded = try encoders.imageEncoder(encoder, threads: training.threads)
    let vocabulary = try CaptionVocabulary(captions: captions.joined(), minimumCount: minimumCount)
    let shape = try shape(vocabulary.count, loaded.grid.places, loaded.grid.channels)
    try shape.validate()
    let start = try StoredCaptioner(
      encoder: encoder, encoderVersion: loaded.version, vocabulary: vocabulary, shape: shape,
      weights: shape.weights(seed: training.seed), search: search)
    return try await LearningCaptioner(network: start, encoders: encoders)
      .trained(on: [examples], heldOut: heldOut, settings: training, progress: progress)
  }
}
