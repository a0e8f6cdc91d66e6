import Foundation

/// What a Hugging Face `config.json` says of a sentence encoder, BERT or MPNet; names are the file's, in Swift's spelling.
struct EncoderConfiguration: Decodable, Equatable {
  var modelType: String
  var hiddenSize: Int
  var numHiddenLayers: Int
  var numAttentionHeads: Int
  var intermediateSize: Int
  var maxPositionEmbeddings: Int
  var vocabSize: Int
  var layerNormEps: Double
  var hiddenAct: String
  var positionEmbeddingType: String?
  /// BERT's kinds of tokens.
  var typeVocabSize: Int?
  /// MPNet's distances between tokens, in buckets, and the token whose place is no token's.
  var relativeAttentionNumBuckets: Int?
  var padTokenId: Int?
  var architectures: [String]?

  /// Reads the file and refuses what this encoder does not compute.
  init(contentsOf url: URL) throws {
    if try url.fields()?["model_type"] as? String == CLIPConfiguration.modelType {
      throw EncoderError("\(url.path): holds a CLIP model, which is a large model by itself, of kind clip")
    }
    self = try url.configuration()
    if let fault = fault() { throw EncoderError("\(url.path): \(fault)") }
  }

  /// The same from the file's text; `name` stands in errors.
  init(json: String, name: String) throws {
    self = try Data(json.utf8).configuration(name: name)
    if let fault = fault() { throw EncoderError("\(name): \(fault)") }
  }

  /// The networks that are computed.
  enum Network: String, CaseIterable {
    case bert
    case mpnet

    /// How its architectures' names begin.
    fileprivate var prefix: String { self == .bert ? "Bert" : "MPNet" }
  }

  /// `nil` for one that is not computed; a configuration that was read has one.
  var network: Network? { Network(rawValue: modelType) }

  /// The rows of the position table before that of a text's first token.
  var firstPosition: Int { network == .mpnet ? (padTokenId ?? 1) + 1 : 0 }

  /// Tokens of a text, at most.
  var positions: Int { maxPositionEmbeddings - firstPosition }

  private func fault() -> String? {
    guard let network else { return "model_type is \(modelType); this encoder computes bert and mpnet" }
    if let architecture = architectures?.first, !architecture.hasPrefix(network.prefix) {
      return "architectures is \(architecture); this encoder computes \(network.prefix)Model"
    }
    if hiddenAct != "gelu" { return "hidden_act is \(hiddenAct); this encoder computes gelu" }
    if let type = positionEmbeddingType, type != "absolute" {
      return "position_embedding_type is \(type); this encoder computes absolute"
    }
    let sizes = [
      hiddenSize, numHiddenLayers, numAttentionHeads, intermediateSize, maxPositionEmbeddings, vocabSize,
      typeVocabSize ?? 2,
    ]
    if sizes.contains(where: { $0 <= 0 }) { return "every size must be at least 1" }
    if network == .mpnet, case let padding = padTokenId ?? 1, padding < 0 || padding >= maxPositionEmbeddings - 1 {
      return "pad_token_id is \(padding), which leaves no place among \(maxPositionEmbeddings)"
    }
    if let buckets = relativeAttentionNumBuckets, network == .mpnet, buckets < 4 || buckets % 4 != 0 {
      return "relative_attention_num_buckets is \(buckets); this encoder computes multiples of 4"
    }
    if hiddenSize % numAttentionHeads != 0 {
      return "hidden_size \(hiddenSize) is no multiple of num_attention_heads \(numAttentionHeads)"
    }
    return nil
  }
}

extension URL {
  /// A `config.json`, its keys in snake case.
  /// - Throws: `EncoderError` naming the file.
  func configuration<Configuration: Decodable>() throws -> Configuration {
    do {
      _ = try text()
      return try Data(contentsOf: self).configuration(name: path)
    } catch let error as EncoderError {
      throw error
    } catch {
      throw EncoderError("\(path): cannot be read as an encoder's configuration: \(error)")
    }
  }
}

extension Data {
  fileprivate func configuration<Configuration: Decodable>(name: String) throws(EncoderError) -> Configuration {
    do {
      let decoder = JSONDecoder()
      decoder.keyDecodingStrategy = .convertFromSnakeCase
      return try decoder.decode(Configuration.self, from: self)
    } catch {
      throw EncoderError("\(name): cannot be read as an encoder's configuration: \(error)")
    }
  }
}
