import Foundation
import Safetensors

/// An encoder's tensors, in one file or several, under their names in transformers.
///
/// A file that was saved from a larger model puts that one's name before them, such as `bert.`; one that came from
/// TensorFlow calls a normalisation's numbers `gamma` and `beta`.
struct EncoderWeights {
  private let files: [String: SafetensorsFile]
  private let prefix: String
  private let name: String

  /// The tensors of a folder.
  /// - Parameters:
  ///   - mark: a tensor that tells where names begin.
  ///   - kind: what has such a tensor; stands in errors.
  /// - Throws: `EncoderError` where there are no safetensors, with what is there instead; where no file has the mark.
  init(folder: URL, mark: String, of kind: String) throws {
    let index = folder.appending(path: "model.safetensors.index.json")
    if let map = try index.fields()?["weight_map"] as? [String: String] {
      let names = Set(map.values).sorted()
      if let odd = names.first(where: { $0.contains("/") }) {
        throw EncoderError("\(index.path): names the file \(odd), which is not in its folder")
      }
      let files = try names.map { try SafetensorsFile(contentsOf: folder.appending(path: $0)) }
      try self.init(files, name: folder.path, mark: mark, of: kind)
      return
    }
    let file = folder.appending(path: "model.safetensors")
    for other in ["pytorch_model.bin", "pytorch_model.bin.index.json", "tf_model.h5", "flax_model.msgpack", "onnx"]
    where !file.isThere && folder.appending(path: other).isThere {
      throw EncoderError(
        "\(folder.path): has \(other) but no model.safetensors, which alone is read; "
          + "save the model again with transformers' save_pretrained(…, safe_serialization=True)")
    }
    try self.init([SafetensorsFile(contentsOf: file)], name: file.path, mark: mark, of: kind)
  }

  /// The tensors of a BERT in a file that has others, too.
  init(_ file: SafetensorsFile) throws {
    try self.init([file], name: file.name, mark: Self.tokenTable, of: "BERT encoder")
  }

  private init(_ files: [SafetensorsFile], name: String, mark: String, of kind: String) throws {
    self.name = name
    let owned = files.flatMap { file in file.tensors.keys.map { ($0, file) } }
    self.files = Dictionary(owned, uniquingKeysWith: { first, _ in first })
    let prefixes = self.files.keys.filter { $0 == mark || $0.hasSuffix("." + mark) }.map { $0.dropLast(mark.count) }
    guard let shortest = prefixes.min(by: { ($0.count, $0) < ($1.count, $1) }) else {
      throw EncoderError("\(name): has no tensor \(mark); it holds no \(kind)")
    }
    prefix = String(shortest)
  }

  /// The table that a text's tokens are looked up in.
  static let tokenTable = "embeddings.word_embeddings.weight"

  /// [tokens, hidden size], in single precision whatever the file has.
  func tokenVectors() throws -> FeatureMatrix {
    let (file, name) = try place(of: Self.tokenTable)
    let shape = try file.entry(name).shape
    guard shape.count == 2 else {
      throw EncoderError("\(file.name): \(name) has shape \(shape), a token table has [tokens, hidden size]")
    }
    return try FeatureMatrix(rows: shape[0], columns: shape[1], values: file.floats(name))
  }

  /// A tensor's numbers, in single precision whatever the file has.
  func floats(_ name: String, _ shape: [Int]) throws -> [Float] {
    try check(name, shape)
    let (file, name) = try place(of: name)
    return try file.floats(name)
  }

  /// - Throws: `EncoderError` where a tensor is missing, or of another shape than `config.json` asks for.
  func check(_ name: String, _ shape: [Int]) throws {
    let (file, name) = try place(of: name)
    let found = try file.entry(name).shape
    guard found == shape else {
      throw EncoderError("\(file.name): tensor \(name) has shape \(found), config.json asks for \(shape)")
    }
  }

  /// Over tensors that any further training changes.
  func checksum(of names: String...) throws -> Checksum {
    var checksum = Checksum()
    for name in names {
      let (file, name) = try place(of: name)
      try file.withBytes(of: name) { checksum.append($0) }
    }
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
