import Foundation

/// What a Hugging Face `config.json` says of a BERT-type encoder; names are the file's, in Swift's spelling.
struct EncoderConfiguration: Decodable, Equatable {
  var modelType: String
  var hiddenSize: Int
  var numHiddenLayers: Int
  var numAttentionHeads: Int
  var intermediateSize: Int
  var maxPositionEmbeddings: Int
  var typeVocabSize: Int
  var vocabSize: Int
  var layerNormEps: Double
  var hiddenAct: String
  var positionEmbeddingType: String?
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

  private func fault() -> String? {
    if let architecture = architectures?.first, !architecture.hasPrefix("Bert") {
      return "architectures is \(architecture); this encoder computes BertModel"
    }
    if modelType != "bert" { return "model_type is \(modelType); this encoder computes bert" }
    if hiddenAct != "gelu" { return "hidden_act is \(hiddenAct); this encoder computes gelu" }
    if let type = positionEmbeddingType, type != "absolute" {
      return "position_embedding_type is \(type); this encoder computes absolute"
    }
    let sizes = [
      hiddenSize, numHiddenLayers, numAttentionHeads, intermediateSize, maxPositionEmbeddings, typeVocabSize, vocabSize,
    ]
    if sizes.contains(where: { $0 <= 0 }) { return "every size must be at least 1" }
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
