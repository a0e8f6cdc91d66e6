import Foundation
import Safetensors

/// A captioner as it is stored and loaded: network and card, in a small model's file.
public struct CaptionerArtifact: Sendable {
  /// What is known of the model; it has no labels.
  public let card: ModelCard
  /// The weights, and what encodes the input.
  public let network: any CaptionerNetwork

  /// - Throws: where the card is none of a captioner's, with what does not fit.
  public init(card: ModelCard, network: any CaptionerNetwork) throws {
    try card.validate(labelCount: 0)
    try card.calibration?.validate()
    (self.card, self.network) = (card, network)
  }

  /// The same model with another card, for instance after calibration.
  public func with(_ card: ModelCard) throws -> CaptionerArtifact {
    try CaptionerArtifact(card: card, network: network)
  }

  /// The model ready to answer.
  /// - Throws: where what it needs beside its file is not there, with what and how to bring it.
  public func predictor(_ options: PredictorOptions = PredictorOptions()) throws -> any CaptionPredictor {
    try network.predictor(card, options)
  }

  /// The file's bytes; the same model gives the same bytes.
  public func encoded() throws -> Data { try SmallModelFile(card, network).encoded() }

  /// Writes the file whole or not at all.
  public func write(to url: URL) throws { try SmallModelFile(card, network).write(to: url) }

  /// Reads a file.
  /// - Throws: for one that is truncated, foreign, of another version, of a model that answers with labels, or whose parts do
  ///   not fit, with the reason.
  public init(contentsOf url: URL) throws { try self.init(StoredSmallModel(contentsOf: url), name: url.path) }

  /// Reads a file's bytes; `name` stands in errors.
  public init(data: Data, name: String) throws { try self.init(StoredSmallModel(data: data, name: name), name: name) }

  /// Of what a file holds; `name` stands in errors.
  package init(_ stored: StoredSmallModel, name: String) throws {
    guard case .captioner(let artifact) = stored else {
      throw SmallModelError("\(name): answers with labels, not with captions")
    }
    self = artifact
  }
}
