import Foundation
import Tokenizer

/// What an encoder's folder says of its tokens: `vocab.txt`, `tokenizer_config.json`, `tokenizer.json`.
struct EncoderVocabulary {
  /// Whether texts are read in lower case, without accents.
  let lowercases: Bool
  private let url: URL
  private let model: [String: Any]?
  private let tokenizerClass: String?

  /// - Throws: `EncoderError` naming a tokenizer that is not BERT's.
  init(_ url: URL) throws {
    self.url = url
    let configuration = try url.appending(path: "tokenizer_config.json").fields() ?? [:]
    let tokenizer = try url.appending(path: "tokenizer.json").fields() ?? [:]
    let normalizer = tokenizer["normalizer"] as? [String: Any] ?? [:]
    model = tokenizer["model"] as? [String: Any]
    tokenizerClass = configuration["tokenizer_class"] as? String
    // The configuration counts where both say something, as in transformers.
    func flag(_ name: String, _ other: String) -> Bool {
      configuration[name] as? Bool ?? normalizer[other] as? Bool ?? true
    }
    lowercases = flag("do_lower_case", "lowercase")
    let strips = configuration["strip_accents"] as? Bool ?? normalizer["strip_accents"] as? Bool
    let faults = [
      Self.fault(
        "tokenizer_config.json", "tokenizer_class", tokenizerClass,
        ["BertTokenizer", "BertTokenizerFast", "MPNetTokenizer", "MPNetTokenizerFast"]),
      Self.fault("tokenizer.json", "model.type", model?["type"], ["WordPiece"]),
      Self.fault("tokenizer.json", "normalizer.type", normalizer["type"], ["BertNormalizer"]),
      Self.fault("tokenizer.json", "continuing_subword_prefix", model?["continuing_subword_prefix"], ["##"]),
      flag("tokenize_chinese_chars", "handle_chinese_chars")
        ? nil : "tokenize_chinese_chars is false; this tokenizer does",
      (strips ?? lowercases) == lowercases
        ? nil : "strip_accents is not as do_lower_case is; this tokenizer strips accents where it reads lower case",
      configuration["do_basic_tokenize"] as? Bool == false ? "do_basic_tokenize is false; this tokenizer does" : nil,
    ].compactMap { $0 }
    if let fault = faults.first { throw EncoderError("\(url.path): \(fault)") }
  }

  private static func fault(_ file: String, _ key: String, _ value: Any?, _ known: [String]) -> String? {
    guard let value = value as? String, !known.contains(value) else { return nil }
    return "\(file): \(key) is \(value); this tokenizer is \(known[0])"
  }

  /// - Throws: `EncoderError` where there is no vocabulary, or one of another class; `TokenizerError` for one that is damaged.
  func tokenizer() throws -> WordPieceTokenizer {
    let tokenizer = try storedTokenizer()
    let isMPNets = tokenizer.token(of: tokenizer.beginning) == "<s>"
    if let tokenizerClass, tokenizerClass.hasPrefix("MPNet") != isMPNets {
      throw EncoderError(
        "\(url.path): tokenizer_class is \(tokenizerClass), and the vocabulary \(isMPNets ? "MPNet's" : "BERT's")")
    }
    return tokenizer
  }

  private func storedTokenizer() throws -> WordPieceTokenizer {
    let file = url.appending(path: "vocab.txt")
    if try file.text() != nil { return try WordPieceTokenizer(contentsOf: file, lowercases: lowercases) }
    if let ids = model?["vocab"] as? [String: Int] {
      let tokens = ids.sorted { $0.value < $1.value }
      guard tokens.map(\.value) == Array(tokens.indices) else {
        throw EncoderError("\(url.path)/tokenizer.json: its vocabulary leaves ids out")
      }
      return try WordPieceTokenizer(vocabulary: tokens.map(\.key), lowercases: lowercases)
    }
    for other in ["sentencepiece.bpe.model", "spiece.model", "tokenizer.model", "merges.txt", "vocab.json"]
    where FileManager.default.fileExists(atPath: url.appending(path: other).path) {
      throw EncoderError("\(url.path): has \(other) but no vocab.txt; this tokenizer is WordPiece")
    }
    throw EncoderError("\(url.path): vocab.txt is missing, and tokenizer.json holds no vocabulary")
  }
}
