import Safetensors
import Tokenizer

/// In a network's file: the tensor `vocabulary` (the tokens' UTF-8, a line each), and in the metadata `lowercases` (`true`
/// where it is missing).
extension WordPieceTokenizer {
  /// The tokenizer of a network's file.
  init(storedIn file: SafetensorsFile) throws {
    guard try file.entry("vocabulary").type == .uint8 else {
      throw SmallModelError("tensor vocabulary holds no bytes")
    }
    let vocabulary = try file.withBytes(of: "vocabulary") { bytes in
      try bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).map { line in
        guard let token = String(validating: line, as: UTF8.self) else {
          throw SmallModelError("the vocabulary is not UTF-8")
        }
        return token
      }
    }
    try self.init(vocabulary: vocabulary, lowercases: file.metadata["lowercases"] != "false")
  }

  /// - Throws: `SmallModelError` for a token that the file cannot keep.
  func storedVocabulary() throws(SmallModelError) -> SafetensorsTensor {
    guard !vocabulary.contains(where: { $0.utf8.contains(UInt8(ascii: "\n")) }) else {
      throw SmallModelError("a token holds a line break, which the file's vocabulary cannot keep")
    }
    let bytes = Array(vocabulary.joined(separator: "\n").utf8)
    return SafetensorsTensor(bytes, shape: [bytes.count])
  }

  /// The metadata's part.
  var storedFields: [String: String] { ["lowercases": lowercases ? "true" : "false"] }
}

extension SafetensorsTensor {
  /// A float16 tensor where that loses nothing, else float32.
  init(halvedWhereExact values: [Float], shape: [Int]) {
    let halves = values.map(Float16.init)
    let isExact = zip(halves, values).allSatisfy { Float($0) == $1 }
    self = isExact ? SafetensorsTensor(halves, shape: shape) : SafetensorsTensor(values, shape: shape)
  }
}
