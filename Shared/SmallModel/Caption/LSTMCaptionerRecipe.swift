import Encoders
import Settings

extension Architecture {
  /// An LSTM with spatial attention over a frozen image encoder's grid, which a router runs.
  public static let captioner = Architecture(
    captioner: "captioner", read: { try StoredCaptioner<LSTMDecoderShape>($0) }, recipe: { LSTMCaptionerRecipe($0) })
}

/// A small captioner that is trained from nothing but its encoder.
public struct LSTMCaptionerRecipe: CaptionerRecipe {
  private var settings = CaptionerSettings(encoder: "efficientnet-lite0")
  private var hidden = 256

  /// How it is trained.
  public var training: TrainingSettings {
    get { settings.training }
    set { settings.training = newValue }
  }

  /// The recipe where a task says nothing else.
  public init() {}

  /// Reads a task's section of a small model.
  public init(_ reader: SettingsReader) {
    settings.read(reader)
    reader.read(
      "hidden", &hidden, .integer(in: DecoderRanges.hidden), help: "Units of the decoder, a multiple of 16.")
    if hidden % 16 != 0 { reader.refuse("hidden", because: "\(hidden) is no multiple of 16") }
  }

  /// Trains the decoder on the grids of the examples' pictures.
  public func train(
    _ examples: CaptionExamples, heldOut: CaptionExamples?, encoders: EncoderLibrary,
    progress: @escaping @Sendable (TrainingEpoch) -> Void
  ) async throws -> TrainedCaptioner {
    let hidden = hidden
    return try await settings.train(examples, heldOut: heldOut, encoders: encoders, progress: progress) {
      LSTMDecoderShape(vocabulary: $0, places: $1, channels: $2, hidden: hidden)
    }
  }
}
