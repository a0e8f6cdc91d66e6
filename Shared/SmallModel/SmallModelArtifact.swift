import Foundation

/// A small model that answers with labels, as it is stored and loaded: network and card; one safetensors file.
public struct SmallModelArtifact: Sendable {
  /// What is known of the model.
  public let card: ModelCard
  /// The weights, and what encodes the input.
  public let network: any SmallModelNetwork

  /// - Throws: where the card does not fit itself or the network, with what does not.
  public init(card: ModelCard, network: any SmallModelNetwork) throws {
    try card.validate(labelCount: network.labelCount)
    self.card = card
    self.network = network
  }

  /// The same model with another card, for instance after calibration.
  public func with(_ card: ModelCard) throws -> SmallModelArtifact {
    try SmallModelArtifact(card: card, network: network)
  }

  /// The model ready to answer.
  /// - Throws: where what it needs beside its file is not there, with what and how to bring it.
  public func predictor(_ options: PredictorOptions = PredictorOptions()) throws -> any SmallModelPredictor {
    try network.predictor(card, options)
  }
}

extension SmallModelArtifact {
  /// The file's bytes; the same model gives the same bytes.
  public func encoded() throws -> Data { try SmallModelFile(card, network).encoded() }

  /// Writes the file whole or not at all.
  public func write(to url: URL) throws { try SmallModelFile(card, network).write(to: url) }

  /// Reads a file.
  /// - Throws: for one that is truncated, foreign, of another version, of a captioner, or whose parts do not fit, with the
  ///   reason.
  public init(contentsOf url: URL) throws { try self.init(StoredSmallModel(contentsOf: url), name: url.path) }

  /// Reads a file's bytes; `name` stands in errors.
  public init(data: Data, name: String) throws { try self.init(StoredSmallModel(data: data, name: name), name: name) }

  /// Of what a file holds; `name` stands in errors.
  package init(_ stored: StoredSmallModel, name: String) throws {
    guard case .classifier(let artifact) = stored else {
      throw SmallModelError("\(name): answers with captions, not with labels")
    }
    self = artifact
  }
}
