import Foundation
import Safetensors
import Tokenizer

/// A small model as it is stored and loaded: network and card; one safetensors file.
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

/// Format 1: the metadata has `format`, `format_version`, `architecture` (files without are of a TextCNN), and as JSON
/// `card`; the rest of it and the tensors are the network's.
extension SmallModelArtifact {
  private static let format = "data-shunt-small-model"
  private static let formatVersion = "1"

  /// The file's bytes; the same model gives the same bytes.
  public func encoded() throws -> Data {
    let contents = try network.contents()
    return try SafetensorsFile.encode(contents.tensors, metadata: metadata(contents))
  }

  /// Writes the file whole or not at all.
  public func write(to url: URL) throws {
    let contents = try network.contents()
    try SafetensorsFile.write(contents.tensors, metadata: metadata(contents), to: url)
  }

  /// Reads a file.
  /// - Throws: for one that is truncated, foreign, of another version, or whose parts do not fit, with the reason.
  public init(contentsOf url: URL) throws { try self.init(SafetensorsFile(contentsOf: url)) }

  /// Reads a file's bytes; `name` stands in errors.
  public init(data: Data, name: String) throws { try self.init(SafetensorsFile(data: data, name: name)) }

  private init(_ file: SafetensorsFile) throws {
    guard file.metadata["format"] == Self.format else {
      throw SmallModelError(
        "\(file.name): is a safetensors file but no small model: its format is "
          + "\(file.metadata["format"] ?? "not named"), wanted \(Self.format)")
    }
    guard file.metadata["format_version"] == Self.formatVersion else {
      throw SmallModelError(
        "\(file.name): is of format version \(file.metadata["format_version"] ?? "none"), this program reads "
          + "\(Self.formatVersion); run the program's version that wrote it")
    }
    do {
      let architecture = try file.metadata["architecture"].map { try Architecture.named($0) } ?? .textCNN
      try self.init(card: file.decodedMetadata("card"), network: architecture.read(file))
    } catch let error as SmallModelError {
      throw SmallModelError("\(file.name): \(error)")
    } catch let error as TokenizerError {
      throw SmallModelError("\(file.name): \(error)")
    }
  }

  private func metadata(_ contents: NetworkContents) throws -> [String: String] {
    try contents.metadata.merging([
      "format": Self.format, "format_version": Self.formatVersion, "architecture": network.architecture.name,
      "card": card.metadataText(),
    ]) { $1 }
  }
}

extension SafetensorsFile {
  /// A value that stands in the metadata as JSON.
  func decodedMetadata<Value: Decodable>(_ key: String) throws -> Value {
    guard let json = metadata[key] else { throw SmallModelError("the metadata lacks \(key)") }
    let decoder = JSONDecoder()
    decoder.dateDecodingStrategy = .iso8601
    do {
      return try decoder.decode(Value.self, from: Data(json.utf8))
    } catch {
      throw SmallModelError("the metadata's \(key) cannot be read: \(error)")
    }
  }

  /// A tensor's numbers.
  /// - Throws: `SmallModelError` for another shape than a network needs.
  func floats(_ name: String, shape expected: [Int]) throws -> [Float] {
    let found = try entry(name).shape
    guard found == expected else {
      throw SmallModelError("tensor \(name) has shape \(found), the network needs \(expected)")
    }
    return try floats(name)
  }
}

extension Encodable {
  /// The value as JSON for a file's metadata; the same value gives the same text.
  func metadataText() throws -> String {
    let encoder = JSONEncoder()
    encoder.dateEncodingStrategy = .iso8601
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(self), as: UTF8.self)
  }
}
