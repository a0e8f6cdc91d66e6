import Foundation
import Safetensors
import Tokenizer

/// A small model of whichever kind, as its file has it.
public enum StoredSmallModel: Sendable {
  /// It answers with labels.
  case classifier(SmallModelArtifact)
  /// It answers with captions.
  case captioner(CaptionerArtifact)

  /// What is known of the model.
  public var card: ModelCard {
    switch self {
    case .classifier(let artifact): artifact.card
    case .captioner(let artifact): artifact.card
    }
  }

  /// The file's bytes; the same model gives the same bytes.
  public func encoded() throws -> Data {
    switch self {
    case .classifier(let artifact): try artifact.encoded()
    case .captioner(let artifact): try artifact.encoded()
    }
  }

  /// Reads a file.
  /// - Throws: for one that is truncated, foreign, of another version, or whose parts do not fit, with the reason.
  public init(contentsOf url: URL) throws { try self.init(SafetensorsFile(contentsOf: url)) }

  /// Reads a file's bytes; `name` stands in errors.
  public init(data: Data, name: String) throws { try self.init(SafetensorsFile(data: data, name: name)) }

  private init(_ file: SafetensorsFile) throws {
    try SmallModelFile.checkFormat(file)
    do {
      let architecture = try file.metadata["architecture"].map(Architecture.named) ?? .textCNN
      let card: ModelCard = try file.decodedMetadata("card")
      switch architecture.kind {
      case .classifier(let read, _): self = .classifier(try SmallModelArtifact(card: card, network: read(file)))
      case .captioner(let read, _): self = .captioner(try CaptionerArtifact(card: card, network: read(file)))
      }
    } catch let error as SmallModelError {
      throw SmallModelError("\(file.name): \(error)")
    } catch let error as TokenizerError {
      throw SmallModelError("\(file.name): \(error)")
    }
  }
}

/// What stands in a small model's file. Format 1: the metadata has `format`, `format_version`, `architecture` (files without
/// are of a TextCNN), and as JSON `card`; the rest of it and the tensors are the network's.
struct SmallModelFile {
  private static let format = "data-shunt-small-model"
  private static let formatVersion = "1"

  private let tensors: [String: SafetensorsTensor]
  private let metadata: [String: String]

  init(_ card: ModelCard, _ network: any StoredNetwork) throws {
    let contents = try network.contents()
    tensors = contents.tensors
    metadata = try contents.metadata.merging([
      "format": Self.format, "format_version": Self.formatVersion, "architecture": network.architecture.name,
      "card": card.metadataText(),
    ]) { $1 }
  }

  func encoded() throws -> Data { try SafetensorsFile.encode(tensors, metadata: metadata) }

  func write(to url: URL) throws { try SafetensorsFile.write(tensors, metadata: metadata, to: url) }

  /// Refuses a file that is no small model's, or of another version.
  static func checkFormat(_ file: SafetensorsFile) throws(SmallModelError) {
    guard file.metadata["format"] == format else {
      throw SmallModelError(
        "\(file.name): is a safetensors file but no small model: its format is "
          + "\(file.metadata["format"] ?? "not named"), wanted \(format)")
    }
    guard file.metadata["format_version"] == formatVersion else {
      throw SmallModelError(
        "\(file.name): is of format version \(file.metadata["format_version"] ?? "none"), this program reads "
          + "\(formatVersion); run the program's version that wrote it")
    }
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
