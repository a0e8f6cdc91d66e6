import Content
import Datasets
import Encoders
import LargeModel
import SmallModel

/// A kind of large model: what its models can, and how one is made. A new kind is a file here, with its settings, and its
/// line in `LargeModelSettings.Kind.registration`.
struct LargeModelKind: Sendable {
  /// What models of the kind can answer with.
  let replies: Set<Reply.Kind>
  /// What a model with these settings can and needs.
  let traits: @Sendable (LargeModelSettings) -> LargeModelTraits
  /// Makes the large model of a task.
  let make: @Sendable (TaskDefinition, LargeModelParts) async throws -> any LargeModel

  init(
    replies: Set<Reply.Kind> = [.label], traits: @escaping @Sendable (LargeModelSettings) -> LargeModelTraits,
    make: @escaping @Sendable (TaskDefinition, LargeModelParts) async throws -> any LargeModel
  ) {
    (self.replies, self.make) = (replies, make)
    self.traits = { settings in
      var traits = traits(settings)
      traits.replies = replies
      return traits
    }
  }
}

/// What a large model may be made of, beside its task's settings.
struct LargeModelParts: Sendable {
  /// In the order of the classes; none where the task answers with captions.
  let labels: [String]
  /// Where encoders are.
  let models: ModelsFolder
  /// Holds servers' API keys.
  let environment: [String: String]
  /// A fitted head that is at hand already.
  let head: LinearHead?
  /// A trained captioner that is at hand already.
  let captioner: CaptionerArtifact?
  /// Rows with what a model answered that are at hand already.
  let recording: [DataRow]?
}

extension LargeModelSettings.Kind {
  var registration: LargeModelKind {
    switch self {
    case .zeroShot: .zeroShot
    case .linearHead: .linearHead
    case .clip: .clip
    case .recorded: .recorded
    case .chatCompletions: .chatCompletions
    case .captioner: .captioner
    }
  }
}

extension LargeModelSettings {
  /// What the model that they name can and needs.
  public var traits: LargeModelTraits { kind.registration.traits(self) }

  /// How the encoder that they name runs.
  package var encoderSettings: EncoderSettings { EncoderSettings(threads: threads, maximumTokens: maximumTokens) }
}

extension ModelsFolder {
  /// The encoder that a large model's settings name.
  func encoder(_ settings: LargeModelSettings) throws -> SentenceEncoder {
    try SentenceEncoder(contentsOf: encoder(settings.encoder), settings: settings.encoderSettings)
  }
}
