import Captioning
import Content
import Encoders
import Foundation
import Settings
import SmallModel

/// Red and blue pictures with captions. S1 knows red ones, and talks nonsense of blue ones; the large model knows both. Both
/// are captioners over a small encoder of random weights.
public struct ToyCaptions: Sendable {
  /// One picture.
  public struct Picture: Sendable {
    /// As a sample has it.
    public let input: Input
    /// What people say of it.
    public let captions: [String]
    /// Whether it is red.
    public let isRed: Bool
  }

  /// The encoder, which is loaded, so that its folder may go.
  public let encoders: EncoderLibrary
  /// The models' folder with the encoder.
  public let models: ModelsFolder

  /// - Parameter folder: an existing folder, for the encoder.
  public init(in folder: URL) throws {
    models = try TinyImageEncoder.sensitive(in: folder)
    encoders = EncoderLibrary(models)
  }

  /// The caption of a picture.
  public static func caption(isRed: Bool) -> String {
    isRed ? "a red picture of nothing" : "a blue picture of nothing"
  }

  /// Pictures, red and blue in turn; those of another `kind` are others.
  public static func pictures(_ count: Int, kind: UInt8 = 0) -> [Picture] {
    (0..<count).map { index in
      let isRed = index % 2 == 0
      let (bright, shade) = (UInt8(200 + index / 2 % 50), UInt8(20 + index * 200 / max(1, count)))
      let file = PlainPNG.file(isRed ? [bright, shade, 10 + kind] : [10 + kind, shade, bright])
      return Picture(
        input: Input(image: .data(file, mediaType: "image/png")), captions: [caption(isRed: isRed)], isRed: isRed)
    }
  }

  /// S1, with a threshold that tells red from blue.
  public func specific() async throws -> CaptionerArtifact {
    let pictures = Self.pictures(24, kind: 1)
    // As long as the captions, so that their length tells nothing.
    let nonsense = [
      "some green shape lies there", "two of them sit here", "here is one blue thing",
      "something very strange stands over",
    ]
    // As often as the nonsense.
    let targets = pictures.map { $0.isRed ? nonsense.map { _ in Self.caption(isRed: true) } : nonsense }
    return try await captioner(
      "specific-1", CaptionExamples(inputs: pictures.map(\.input), targets: .captions(targets)))
  }

  /// The large model.
  public func large() async throws -> CaptionerArtifact {
    let pictures = Self.pictures(24, kind: 1)
    return try await captioner(
      "large-1", CaptionExamples(inputs: pictures.map(\.input), targets: .captions(pictures.map(\.captions))))
  }

  /// Trained, and calibrated on other pictures; δ is half way between the confidences of red and of blue ones.
  private func captioner(_ version: String, _ examples: CaptionExamples) async throws -> CaptionerArtifact {
    var recipe = try Self.recipe()
    var training = recipe.training
    (training.epochs, training.batchSize, training.learningRate, training.patience) = (60, 8, 0.01, 60)
    (training.dropout, training.labelSmoothing) = (0.1, 0)
    recipe.training = training
    let trained = try await recipe.train(examples, heldOut: examples, encoders: encoders) { _ in }
    var card = ModelCard(
      task: "toy", version: version, createdAt: Date(timeIntervalSince1970: 0), labels: [],
      temperature: trained.temperature, training: training)
    let pictures = Self.pictures(40, kind: 2)
    let captions = try CaptionerArtifact(card: card, network: trained.network)
      .predictor(PredictorOptions(encoders: encoders)).captions(pictures.map(\.input))
    card.calibration = try CaptionCalibration(
      of: captions,
      qualities: zip(captions, pictures).map { Float(SentenceBLEU.quality(of: $0.text, references: $1.captions)) })
    let confidences = zip(captions, pictures).map { caption, picture in
      (
        Double(
          card.calibration?.confidence(meanLogProbability: caption.meanLogProbability, tokens: caption.tokens) ?? 0),
        picture.isRed
      )
    }
    let means = [true, false].map { isRed in
      let some = confidences.filter { $0.1 == isRed }.map(\.0)
      return some.reduce(0, +) / Double(some.count)
    }
    card.thresholds[ModelCard.shuntThreshold] = (means[0] + means[1]) / 2
    return try CaptionerArtifact(card: card, network: trained.network)
  }

  private static func recipe() throws -> any CaptionerRecipe {
    let section = """
      {"small_model": {"architecture": "captioner", "encoder": "\(TinyImageEncoder.name)", "hidden": 32,
        "minimum_count": 1, "beam_width": 2}}
      """
    return try SettingsSources(json: section, sections: nil)
      .read { Architecture.captionerRecipe($0.section("small_model"), default: .captioner) }.value
  }
}
