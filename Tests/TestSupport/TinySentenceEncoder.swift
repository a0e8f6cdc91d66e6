import Encoders
import Foundation
import Safetensors

/// A small BERT encoder, for what needs vectors of texts and not good ones. Its weights follow from their names.
public enum TinySentenceEncoder {
  /// Tensors by name.
  public typealias Weights = [String: (shape: [Int], values: [Float])]

  /// Its folder below the models' folder.
  public static let name = "tiny-bert"
  private static let (hidden, inner, layers, positions) = (8, 16, 2, 16)

  /// Writes `config.json`, `vocab.txt` and `model.safetensors` below a folder of models.
  /// - Parameter words: the vocabulary, which starts with BERT's own tokens.
  public static func write(words: [String], into models: URL) throws {
    let folder = models.appending(path: name)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    try Data(configuration(words: words.count).utf8).write(to: folder.appending(path: "config.json"))
    try Data(words.joined(separator: "\n").utf8).write(to: folder.appending(path: "vocab.txt"))
    let tensors = weights(words: words.count).mapValues { SafetensorsTensor($0.values, shape: $0.shape) }
    try SafetensorsFile.encode(tensors).write(to: folder.appending(path: "model.safetensors"))
  }

  /// `config.json`.
  public static func configuration(words: Int) -> String {
    """
    {"architectures": ["BertModel"], "model_type": "bert", "hidden_size": \(hidden), "num_hidden_layers": \(layers),
     "num_attention_heads": 2, "intermediate_size": \(inner), "max_position_embeddings": \(positions),
     "type_vocab_size": 2, "vocab_size": \(words), "layer_norm_eps": 1e-12, "hidden_act": "gelu"}
    """
  }

  /// Weights that are the same in each test: halves of small numbers, which every type of element holds exactly.
  public static func weights(words: Int, prefix: String = "") -> Weights {
    Weights(
      uniqueKeysWithValues: shapes(words: words).map { name, shape in
        let seed = name.utf8.reduce(7) { ($0 &* 31 &+ Int($1)) & 0xFFFF }
        let values = (0..<shape.reduce(1, *)).map { Float((seed &+ $0 &* 37) % 9 - 4) / 8 }
        return (prefix + name, (shape, values))
      })
  }

  private static func shapes(words: Int) -> [String: [Int]] {
    var shapes: [String: [Int]] = [
      "embeddings.word_embeddings.weight": [words, hidden],
      "embeddings.token_type_embeddings.weight": [2, hidden],
      "embeddings.position_embeddings.weight": [positions, hidden],
      "embeddings.LayerNorm.weight": [hidden], "embeddings.LayerNorm.bias": [hidden],
    ]
    for layer in 0..<layers {
      let name = "encoder.layer.\(layer)."
      for part in ["attention.self.query", "attention.self.key", "attention.self.value", "attention.output.dense"] {
        (shapes["\(name)\(part).weight"], shapes["\(name)\(part).bias"]) = ([hidden, hidden], [hidden])
      }
      for part in ["attention.output.LayerNorm", "output.LayerNorm"] {
        (shapes["\(name)\(part).weight"], shapes["\(name)\(part).bias"]) = ([hidden], [hidden])
      }
      (shapes["\(name)intermediate.dense.weight"], shapes["\(name)intermediate.dense.bias"]) = (
        [inner, hidden], [inner]
      )
      (shapes["\(name)output.dense.weight"], shapes["\(name)output.dense.bias"]) = ([hidden, inner], [hidden])
    }
    return shapes
  }
}
