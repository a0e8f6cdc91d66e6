import Encoders
import Settings

extension Architecture {
  /// A transformer's decoder over a frozen image encoder's grid, on libtorch: better and slower, for a large model of one's
  /// own.
  public static let transformerCaptioner = Architecture(
    captioner: "transformer-captioner", read: { try StoredCaptioner<TransformerDecoderShape>($0) },
    recipe: { TransformerCaptionerRecipe($0) })
}

/// A larger captioner that is trained from nothing but its encoder.
public struct TransformerCaptionerRecipe: CaptionerRecipe {
  private var settings: CaptionerSettings
  private var hidden = 256
  private var layers = 2
  private var heads = 4

  /// How it is trained.
  public var training: TrainingSettings {
    get { settings.training }
    set { settings.training = newValue }
  }

  /// The recipe where a task says nothing else.
  public init() {
    settings = CaptionerSettings(encoder: "efficientnet-lite2")
    (settings.training.learningRate, settings.training.dropout, settings.training.warmUp) = (0.0005, 0.2, 0.1)
    (settings.training.epochs, settings.search.width) = (8, 5)
  }

  /// Reads a task's section of a captioner.
  public init(_ reader: SettingsReader) {
    self.init()
    settings.read(reader)
    reader.read(
      "hidden", &hidden, .integer(in: DecoderRanges.hidden), help: "Numbers of a token, a multiple of 16 and of heads.")
    reader.read("layers", &layers, .integer(in: DecoderRanges.layers), help: "Layers of the decoder.")
    reader.read("heads", &heads, .integer(in: DecoderRanges.heads), help: "Heads of a layer.")
    if hidden % 16 != 0 || hidden % heads != 0 {
      reader.refuse("hidden", because: "\(hidden) is no multiple of 16 and of \(heads) heads")
    }
  }

  /// Trains the decoder on the grids of the examples' pictures.
  public func train(
    _ examples: CaptionExamples, heldOut: CaptionExamples?, encoders: EncoderLibrary,
    progress: @escaping @Sendable (TrainingEpoch) -> Void
  ) async throws -> TrainedCaptioner {
    let (hidden, layers, heads) = (hidden, layers, heads)
    let longest = max(settings.search.longest, training.maximumTokens) + 1
    return try await settings.train(examples, heldOut: heldOut, encoders: encoders, progress: progress) {
      TransformerDecoderShape(
        vocabulary: $0, places: $1, channels: $2, hidden: hidden, layers: layers, heads: heads, longest: longest)
    }
  }
}
