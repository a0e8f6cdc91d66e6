import Foundation
import Safetensors
import Tokenizer

/// A BERT encoder's sizes, weights and tokenizer, from its folder or from a file that has them among others: what trains it
/// further, and what keeps it then.
public struct EncoderParts: Sendable {
  /// The sizes, as `config.json` has them.
  public let configuration: String
  /// What makes tokens of texts.
  public let tokenizer: WordPieceTokenizer
  let sizes: EncoderConfiguration
  let weights: EncoderWeights
  private static let mostLayers = 1000

  /// The parts of a folder as Hugging Face and sentence-transformers lay it out, whose texts are pooled by the mean.
  /// - Throws: `EncoderError` naming the file and its fault, or another pooling.
  public init(contentsOf folder: URL) throws {
    let files = try EncoderFolder(folder)
    guard files.pooling == .mean else {
      throw EncoderError("\(folder.path): its texts are not pooled by the mean, which alone is trained further")
    }
    let url = files.url.appending(path: "config.json")
    guard let configuration = try url.text() else { throw EncoderError("\(url.path): is missing") }
    try self.init(
      configuration: configuration, sizes: files.configuration, tokenizer: files.tokenizer(), weights: files.weights())
  }

  /// The parts in a file.
  /// - Throws: `EncoderError` for sizes that are not a BERT's; for tensors that are missing or of other shapes.
  public init(configuration: String, tokenizer: WordPieceTokenizer, tensors file: SafetensorsFile) throws {
    try self.init(
      configuration: configuration, sizes: EncoderConfiguration(json: configuration, name: file.name),
      tokenizer: tokenizer, weights: EncoderWeights(file))
  }

  private init(
    configuration: String, sizes: EncoderConfiguration, tokenizer: WordPieceTokenizer, weights: EncoderWeights
  ) throws {
    guard sizes.modelType == "bert" else {
      throw EncoderError("model_type is \(sizes.modelType); trained further is bert")
    }
    // A damaged file must not ask for the names of a billion layers.
    guard sizes.numHiddenLayers <= Self.mostLayers else {
      throw EncoderError("num_hidden_layers is \(sizes.numHiddenLayers), at most \(Self.mostLayers) are read")
    }
    guard tokenizer.vocabulary.count <= sizes.vocabSize else {
      throw EncoderError("the vocabulary has \(tokenizer.vocabulary.count) tokens, the model \(sizes.vocabSize)")
    }
    (self.configuration, self.sizes, self.tokenizer, self.weights) = (configuration, sizes, tokenizer, weights)
    for tensor in embeddingTensors + layerTensors.flatMap({ $0 }) { try weights.check(tensor.name, tensor.shape) }
  }
}

extension EncoderParts {
  /// A tensor by its name in transformers.
  public typealias Part = (name: String, shape: [Int])

  /// Numbers a token.
  public var hidden: Int { sizes.hiddenSize }
  /// Of each layer's attention.
  public var heads: Int { sizes.numAttentionHeads }
  /// How many tokens a text may have, `[CLS]` and `[SEP]` counted.
  public var positions: Int { sizes.maxPositionEmbeddings }
  /// What normalisations add to the variance.
  public var epsilon: Double { sizes.layerNormEps }

  /// The tokens' table, the positions', the types', scale and shift of their normalisation.
  public var embeddingTensors: [Part] {
    [
      (EncoderWeights.tokenTable, [sizes.vocabSize, hidden]),
      ("embeddings.position_embeddings.weight", [positions, hidden]),
      ("embeddings.token_type_embeddings.weight", [sizes.typeVocabSize ?? 2, hidden]),
      ("embeddings.LayerNorm.weight", [hidden]), ("embeddings.LayerNorm.bias", [hidden]),
    ]
  }

  /// Of each layer weight and bias of queries, keys, values and of what follows attention, scale and shift of a
  /// normalisation; weight and bias of the inner and of the outer layer, scale and shift.
  public var layerTensors: [[Part]] {
    (0..<sizes.numHiddenLayers).map { index in
      func linear(_ name: String, _ inputs: Int, _ outputs: Int) -> [Part] {
        [
          ("encoder.layer.\(index).\(name).weight", [outputs, inputs]),
          ("encoder.layer.\(index).\(name).bias", [outputs]),
        ]
      }
      func norm(_ name: String) -> [Part] {
        ["weight", "bias"].map { ("encoder.layer.\(index).\(name).LayerNorm.\($0)", [hidden]) }
      }
      let inner = sizes.intermediateSize
      return ["self.query", "self.key", "self.value", "output.dense"].flatMap {
        linear("attention.\($0)", hidden, hidden)
      } + norm("attention.output") + linear("intermediate.dense", hidden, inner) + linear("output.dense", inner, hidden)
        + norm("output")
    }
  }

  /// A tensor's numbers, in single precision whatever the file has.
  public func floats(_ part: Part) throws -> [Float] { try weights.floats(part.name, part.shape) }
}
