import Safetensors
import Torch

/// An encoder's tensors, in one file or several, under their names in `BertModel`.
///
/// A file that was saved from a larger model puts that one's name before them, such as `bert.`; one that came from
/// TensorFlow calls a normalisation's numbers `gamma` and `beta`.
struct EncoderWeights {
  private let files: [String: SafetensorsFile]
  private let prefix: String
  private let name: String

  /// - Parameter name: stands in errors.
  /// - Throws: `EncoderError` where no file holds BERT's embeddings.
  init(_ files: [SafetensorsFile], name: String) throws {
    self.name = name
    let owned = files.flatMap { file in file.tensors.keys.map { ($0, file) } }
    self.files = Dictionary(owned, uniquingKeysWith: { first, _ in first })
    let mark = "embeddings.word_embeddings.weight"
    let prefixes = self.files.keys.filter { $0 == mark || $0.hasSuffix("." + mark) }.map { $0.dropLast(mark.count) }
    guard let shortest = prefixes.min(by: { ($0.count, $0) < ($1.count, $1) }) else {
      throw EncoderError("\(name): has no tensor \(mark); it holds no BERT encoder")
    }
    prefix = String(shortest)
  }

  /// A tensor, in single precision whatever the file has.
  func tensor(_ name: String, _ shape: [Int]) throws -> Tensor {
    let (file, name) = try place(of: name)
    let found = try file.entry(name).shape
    guard found == shape else {
      throw EncoderError("\(file.name): tensor \(name) has shape \(found), config.json asks for \(shape)")
    }
    return try Tensor(file.floats(name), shape: shape)
  }

  /// Over the last layer's largest matrix, which any further training changes.
  func checksum(layers: Int) throws -> Checksum {
    let (file, name) = try place(of: "encoder.layer.\(layers - 1).output.dense.weight")
    var checksum = Checksum()
    try file.withBytes(of: name) { checksum.append($0) }
    return checksum
  }

  private func place(of name: String) throws -> (SafetensorsFile, String) {
    let full = prefix + name
    let old = full.replacing("LayerNorm.weight", with: "LayerNorm.gamma")
      .replacing("LayerNorm.bias", with: "LayerNorm.beta")
    for candidate in [full, old] {
      if let file = files[candidate] { return (file, candidate) }
    }
    throw EncoderError("\(self.name): has no tensor \(full)")
  }
}
