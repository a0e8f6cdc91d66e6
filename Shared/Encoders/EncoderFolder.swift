import Foundation
import Safetensors
import Tokenizer

/// A sentence encoder's folder, as Hugging Face and sentence-transformers lay it out. What its files say of how vectors
/// are made is read, or refused by its name: an encoder that is run another way than it was trained is wrong in silence.
struct EncoderFolder {
  /// Where `config.json`, the vocabulary and the weights are.
  let url: URL
  let configuration: EncoderConfiguration
  /// How a text's token vectors become its sentence vector, which is then scaled to length 1.
  let pooling: TokenPooling
  /// Tokens that the model was trained to read; longer texts are cut.
  let maximumTokens: Int?

  /// Reads all but vocabulary and weights.
  /// - Throws: `EncoderError` naming the file and what this program does not compute.
  init(_ folder: URL) throws {
    let modules = try [SentenceModule](folder)
    url = modules.transformer.map { folder.appending(path: $0) } ?? folder
    configuration = try EncoderConfiguration(contentsOf: url.appending(path: "config.json"))
    let path = modules.isEmpty ? "1_Pooling" : modules.pooling
    pooling = try path.map { try TokenPooling(folder.appending(path: $0).appending(path: "config.json")) } ?? .mean
    let sentence = try folder.appending(path: "sentence_bert_config.json").fields()
    maximumTokens = sentence?["max_seq_length"] as? Int
    if sentence?["do_lower_case"] as? Bool == true, try !EncoderVocabulary(url).lowercases {
      throw EncoderError("\(folder.path)/sentence_bert_config.json: do_lower_case over a cased vocabulary")
    }
    let prompts = try folder.appending(path: "config_sentence_transformers.json").fields()
    if let name = prompts?["default_prompt_name"] as? String {
      throw EncoderError(
        "\(folder.path)/config_sentence_transformers.json: default_prompt_name is \(name); this encoder adds no prompt")
    }
  }

  func tokenizer() throws -> WordPieceTokenizer { try EncoderVocabulary(url).tokenizer() }

  func weights() throws -> EncoderWeights {
    try EncoderWeights(folder: url, mark: EncoderWeights.tokenTable, of: "sentence encoder")
  }
}

/// How a text's token vectors become one.
enum TokenPooling: String, CaseIterable {
  case mean = "pooling_mode_mean_tokens"
  /// The vector of `[CLS]`.
  case cls = "pooling_mode_cls_token"
  case max = "pooling_mode_max_tokens"

  /// What `1_Pooling/config.json` says; the mean without the file.
  /// - Throws: `EncoderError` for other ways, and for several together.
  init(_ url: URL) throws {
    guard let fields = try url.fields() else {
      self = .mean
      return
    }
    let modes = fields.keys.filter { $0.hasPrefix("pooling_mode_") && fields[$0] as? Bool == true }
    guard modes.count == 1, let pooling = modes.first.flatMap(TokenPooling.init(rawValue:)) else {
      let known = Self.allCases.map(\.rawValue).joined(separator: ", ")
      throw EncoderError("\(url.path): asks for \(modes.sorted().joined(separator: " and ")); read is one of \(known)")
    }
    self = pooling
  }

  /// What tells vectors apart that the same weights give.
  var versionSuffix: String {
    switch self {
    case .mean: ""
    case .cls: "-cls"
    case .max: "-max"
    }
  }
}

/// A step of `modules.json`.
private struct SentenceModule {
  let kind: String
  let path: String
}

extension [SentenceModule] {
  /// The steps of a folder; none where the file is missing.
  /// - Throws: `EncoderError` for a step that this program does not compute.
  fileprivate init(_ folder: URL) throws {
    let url = folder.appending(path: "modules.json")
    guard let text = try url.text() else {
      self = []
      return
    }
    guard let entries = try url.json(text) as? [[String: Any]] else {
      throw EncoderError("\(url.path): is no list of modules")
    }
    self = try entries.map { entry in
      let kind = (entry["type"] as? String)?.split(separator: ".").last.map(String.init) ?? "nothing"
      guard ["Transformer", "Pooling", "Normalize"].contains(kind) else {
        throw EncoderError("\(url.path): has the module \(kind); computed are Transformer, Pooling and Normalize")
      }
      return SentenceModule(kind: kind, path: entry["path"] as? String ?? "")
    }
  }

  /// The folder of the transformer's files, below that of `modules.json`.
  fileprivate var transformer: String? { first { $0.kind == "Transformer" && !$0.path.isEmpty }?.path }
  fileprivate var pooling: String? { first { $0.kind == "Pooling" }?.path }
}

extension URL {
  var isThere: Bool { FileManager.default.fileExists(atPath: path) }

  /// The file's text; `nil` where there is none.
  /// - Throws: `EncoderError` for a Git LFS pointer, and for what cannot be read as UTF-8.
  func text() throws -> String? {
    guard isThere else { return nil }
    let text: String
    do { text = try String(contentsOf: self, encoding: .utf8) } catch {
      throw EncoderError("\(path): cannot be read as UTF-8 text: \(error.localizedDescription)")
    }
    guard !text.hasPrefix(SafetensorsFile.pointerPrefix) else {
      throw EncoderError("\(path): is a Git LFS pointer, not the file; run 'git lfs pull' there")
    }
    return text
  }

  /// A JSON object's fields; `nil` where the file is missing.
  func fields() throws -> [String: Any]? {
    guard let text = try text() else { return nil }
    guard let fields = try json(text) as? [String: Any] else {
      throw EncoderError("\(path): is no JSON object")
    }
    return fields
  }

  fileprivate func json(_ text: String) throws -> Any {
    do { return try JSONSerialization.jsonObject(with: Data(text.utf8)) } catch {
      throw EncoderError("\(path): is no JSON: \(error.localizedDescription)")
    }
  }
}
