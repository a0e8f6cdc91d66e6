import Foundation
import Safetensors
import Tokenizer

/// A small model as it is stored and loaded: network, tokenizer, card; one safetensors file.
public struct SmallModelArtifact: Sendable {
  /// What is known of the model.
  public let card: ModelCard
  /// The weights.
  public let network: TextCNN
  /// What makes tokens of texts.
  public let tokenizer: WordPieceTokenizer
  /// How often each token stood in the training data, [vocabulary]: which ones `FoldedTextCNN` folds first.
  public let tokenCounts: [Int32]

  /// - Throws: where the parts do not fit each other, with what does not.
  public init(card: ModelCard, network: TextCNN, tokenizer: WordPieceTokenizer, tokenCounts: [Int32]) throws {
    let shape = network.shape
    try card.validate(labelCount: shape.labels)
    guard tokenizer.vocabulary.count == shape.vocabulary, Int(tokenizer.padding) == shape.padding else {
      throw SmallModelError(
        "the tokenizer has \(tokenizer.vocabulary.count) tokens and padding \(tokenizer.padding), the network "
          + "\(shape.vocabulary) and \(shape.padding)")
    }
    guard tokenCounts.count == shape.vocabulary else {
      throw SmallModelError("\(tokenCounts.count) token counts for a vocabulary of \(shape.vocabulary)")
    }
    self.card = card
    self.network = network
    self.tokenizer = tokenizer
    self.tokenCounts = tokenCounts
  }

  /// The same model with another card, for instance after calibration.
  public func with(_ card: ModelCard) throws -> SmallModelArtifact {
    try SmallModelArtifact(card: card, network: network, tokenizer: tokenizer, tokenCounts: tokenCounts)
  }
}

/// Format 1: the metadata has `format`, `format_version`, and as JSON `card` and `shape`; the tensors are `embedding`
/// (float16 where that loses nothing), `filters.i`, `filters.i.bias`, `head`, `head.bias`, `token_counts` and
/// `vocabulary` (the tokens' UTF-8, a line each).
extension SmallModelArtifact {
  private static let format = "data-shunt-small-model"
  private static let formatVersion = "1"

  /// The file's bytes; the same model gives the same bytes.
  public func encoded() throws -> Data { try SafetensorsFile.encode(tensors(), metadata: metadata()) }

  /// Writes the file whole or not at all.
  public func write(to url: URL) throws { try SafetensorsFile.write(tensors(), metadata: metadata(), to: url) }

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
      let shape: TextCNNShape = try Self.decoded("shape", of: file)
      try shape.validate()
      try self.init(
        card: Self.decoded("card", of: file), network: Self.network(shape, file),
        tokenizer: WordPieceTokenizer(vocabulary: Self.vocabulary(file)),
        tokenCounts: file.integers("token_counts").map { Int32(clamping: $0) })
    } catch let error as SmallModelError {
      throw SmallModelError("\(file.name): \(error)")
    } catch let error as TokenizerError {
      throw SmallModelError("\(file.name): \(error)")
    }
  }

  private static func network(_ shape: TextCNNShape, _ file: SafetensorsFile) throws -> TextCNN {
    func floats(_ name: String, _ expected: [Int]) throws -> [Float] {
      let found = try file.entry(name).shape
      guard found == expected else {
        throw SmallModelError("tensor \(name) has shape \(found), the network needs \(expected)")
      }
      return try file.floats(name)
    }
    return try TextCNN(
      shape: shape, embedding: floats("embedding", [shape.vocabulary, shape.dimension]),
      filters: shape.filters.enumerated().map { try floats("filters.\($0)", [$1.count, shape.dimension, $1.width]) },
      filterBiases: shape.filters.enumerated().map { try floats("filters.\($0).bias", [$1.count]) },
      head: floats("head", [shape.labels, shape.features]), headBias: floats("head.bias", [shape.labels]))
  }

  private static func vocabulary(_ file: SafetensorsFile) throws -> [String] {
    guard try file.entry("vocabulary").type == .uint8 else {
      throw SmallModelError("tensor vocabulary holds no bytes")
    }
    return try file.withBytes(of: "vocabulary") { bytes in
      try bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).map { line in
        guard let token = String(validating: line, as: UTF8.self) else {
          throw SmallModelError("the vocabulary is not UTF-8")
        }
        return token
      }
    }
  }

  private static func decoded<Value: Decodable>(_ key: String, of file: SafetensorsFile) throws -> Value {
    guard let json = file.metadata[key] else { throw SmallModelError("the metadata lacks \(key)") }
    let decoder = JSONDecoder()
    decoder.dateDecodingStrategy = .iso8601
    do {
      return try decoder.decode(Value.self, from: Data(json.utf8))
    } catch {
      throw SmallModelError("the metadata's \(key) cannot be read: \(error)")
    }
  }

  private func metadata() throws -> [String: String] {
    let encoder = JSONEncoder()
    encoder.dateEncodingStrategy = .iso8601
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return [
      "format": Self.format, "format_version": Self.formatVersion,
      "card": String(decoding: try encoder.encode(card), as: UTF8.self),
      "shape": String(decoding: try encoder.encode(network.shape), as: UTF8.self),
    ]
  }

  private func tensors() throws -> [String: SafetensorsTensor] {
    let shape = network.shape
    var tensors = [
      "embedding": embeddingTensor([shape.vocabulary, shape.dimension]),
      "head": SafetensorsTensor(network.head, shape: [shape.labels, shape.features]),
      "head.bias": SafetensorsTensor(network.headBias, shape: [shape.labels]),
      "token_counts": SafetensorsTensor(tokenCounts, shape: [shape.vocabulary]),
    ]
    for (index, bank) in shape.filters.enumerated() {
      tensors["filters.\(index)"] = SafetensorsTensor(
        network.filters[index], shape: [bank.count, shape.dimension, bank.width])
      tensors["filters.\(index).bias"] = SafetensorsTensor(network.filterBiases[index], shape: [bank.count])
    }
    guard !tokenizer.vocabulary.contains(where: { $0.utf8.contains(UInt8(ascii: "\n")) }) else {
      throw SmallModelError("a token holds a line break, which the file's vocabulary cannot keep")
    }
    let vocabulary = Array(tokenizer.vocabulary.joined(separator: "\n").utf8)
    tensors["vocabulary"] = SafetensorsTensor(vocabulary, shape: [vocabulary.count])
    return tensors
  }

  private func embeddingTensor(_ shape: [Int]) -> SafetensorsTensor {
    let halves = network.embedding.map(Float16.init)
    let isExact = zip(halves, network.embedding).allSatisfy { Float($0) == $1 }
    return isExact ? SafetensorsTensor(halves, shape: shape) : SafetensorsTensor(network.embedding, shape: shape)
  }
}
