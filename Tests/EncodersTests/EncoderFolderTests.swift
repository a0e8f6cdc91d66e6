import Foundation
import Safetensors
import TestSupport
import Testing

@testable import Encoders

/// Small encoders in folders as people have them: read as their files say, or refused by what is not computed.
@Suite struct EncoderFolderTests {
  /// A folder's files; `nil` takes one away.
  typealias Files = [String: String?]

  private static let words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "good", "bad", "news"]
  private static let configuration = TinySentenceEncoder.configuration(words: words.count)
  private static let modules = """
    [{"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"},
     {"idx": 1, "name": "1", "path": "1_Pooling", "type": "sentence_transformers.models.Pooling"},
     {"idx": 2, "name": "2", "path": "2_Normalize", "type": "sentence_transformers.models.Normalize"}]
    """

  private static func pooling(_ modes: String...) -> String {
    "{\"word_embedding_dimension\": 8" + modes.map { ", \"pooling_mode_\($0)\": true" }.joined() + "}"
  }

  private static func tensors(prefix: String = "") -> TinySentenceEncoder.Weights {
    TinySentenceEncoder.weights(words: words.count, prefix: prefix)
  }

  private static func encoded(
    _ tensors: TinySentenceEncoder.Weights, as type: ElementType = .float32
  ) throws -> Data {
    try SafetensorsFile.encode(
      tensors.mapValues { shape, values in
        switch type {
        case .float16: return SafetensorsTensor(values.map(Float16.init), shape: shape)
        case .bfloat16:
          let bytes = values.flatMap { value in
            withUnsafeBytes(of: UInt16(value.bitPattern >> 16).littleEndian) { Array($0) }
          }
          return SafetensorsTensor(.bfloat16, shape: shape, bytes: Data(bytes))
        default: return SafetensorsTensor(values, shape: shape)
        }
      })
  }

  private static func withFolder<Value>(
    _ files: Files = [:], weights: [String: Data?] = [:], _ body: (URL) async throws -> Value
  ) async throws -> Value {
    let folder = URL.temporaryDirectory.appending(path: "encoder-\(UUID().uuidString)").appending(path: "small")
    try FileManager.default.createDirectory(
      at: folder.appending(path: "1_Pooling"), withIntermediateDirectories: true)
    defer { #expect(throws: Never.self) { try FileManager.default.removeItem(at: folder.deletingLastPathComponent()) } }
    let plain: Files = [
      "config.json": configuration, "vocab.txt": words.joined(separator: "\n"), "modules.json": modules,
      "1_Pooling/config.json": pooling("mean_tokens"),
    ]
    for (name, text) in plain.merging(files, uniquingKeysWith: { $1 }) {
      guard let text else { continue }
      try Data(text.utf8).write(to: folder.appending(path: name))
    }
    let data = ["model.safetensors": try encoded(tensors())] as [String: Data?]
    for (name, bytes) in data.merging(weights, uniquingKeysWith: { $1 }) {
      guard let bytes else { continue }
      try bytes.write(to: folder.appending(path: name))
    }
    return try await body(folder)
  }

  private static func vectors(_ files: Files = [:], weights: [String: Data?] = [:]) async throws -> [[Float]] {
    try await withFolder(files, weights: weights) { folder in
      let encoder = try SentenceEncoder(contentsOf: folder, settings: .init(maximumTokens: 16))
      let encoding = try await encoder.encode(["good news", "bad"])
      return (0..<2).map { Array(encoding.features[$0]) }
    }
  }

  /// Each way gives its own vectors, all of length 1; without a word of it the mean is taken, as in sentence-transformers.
  @Test func poolingIsThatOfTheFolder() async throws {
    let ways = ["mean_tokens", "cls_token", "max_tokens"]
    var found: [[[Float]]] = []
    for way in ways { found.append(try await Self.vectors(["1_Pooling/config.json": Self.pooling(way)])) }
    for vectors in found {
      for vector in vectors { #expect(abs(vector.reduce(0) { $0 + $1 * $1 } - 1) < 1e-5) }
    }
    #expect(found[0] != found[1] && found[1] != found[2] && found[0] != found[2])
    #expect(try await Self.vectors(["modules.json": nil]) == found[0])
    #expect(try await Self.vectors(["modules.json": nil, "1_Pooling/config.json": nil]) == found[0])
    #expect(
      try await Self.vectors(["modules.json": nil, "1_Pooling/config.json": Self.pooling("cls_token")]) == found[1])
    // The first token's vector does not see how many others are averaged: another way is another version.
    let versions = try await [ways[0], ways[1]].asyncMap { way in
      try await Self.withFolder(["1_Pooling/config.json": Self.pooling(way)]) {
        try SentenceEncoder(contentsOf: $0, settings: .init(maximumTokens: 16)).version
      }
    }
    #expect(versions[1] == versions[0] + "-cls")
  }

  @Test func weightsAreReadHoweverTheyAreKept() async throws {
    let plain = try await Self.vectors()
    for type in [ElementType.float16, .bfloat16] {
      let data = try Self.encoded(Self.tensors(), as: type)
      #expect(try await Self.vectors(weights: ["model.safetensors": data]) == plain, "\(type)")
    }
    for prefix in ["bert.", "0.auto_model.", "model.bert."] {
      let data = try Self.encoded(Self.tensors(prefix: prefix))
      #expect(try await Self.vectors(weights: ["model.safetensors": data]) == plain, "\(prefix)")
    }
    let old = Self.tensors().map { name, tensor in
      (
        name.replacing("LayerNorm.weight", with: "LayerNorm.gamma").replacing("LayerNorm.bias", with: "LayerNorm.beta"),
        tensor
      )
    }
    let data = try Self.encoded(Dictionary(uniqueKeysWithValues: old))
    #expect(try await Self.vectors(weights: ["model.safetensors": data]) == plain)

    let (first, second) = ("model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors")
    let names = Self.tensors().keys.sorted()
    let map = names.enumerated().map { "\"\($1)\": \"\($0 % 2 == 0 ? first : second)\"" }.joined(separator: ", ")
    func shard(_ rest: Int) throws -> Data {
      let own = Set(names.enumerated().filter { $0.offset % 2 == rest }.map(\.element))
      return try Self.encoded(Self.tensors().filter { own.contains($0.key) })
    }
    let sharded = try await Self.vectors(
      ["model.safetensors.index.json": "{\"metadata\": {}, \"weight_map\": {\(map)}}"],
      weights: ["model.safetensors": nil, first: shard(0), second: shard(1)])
    #expect(sharded == plain)
  }

  /// What a TextCNN starts from is the encoder's own table, by whatever name and in whatever type a file has it.
  @Test(arguments: [("", ElementType.float32), ("bert.", .float16), ("0.auto_model.", .bfloat16)])
  func tokenVectorsAreThoseOfTheFolder(prefix: String, type: ElementType) async throws {
    let data = try Self.encoded(Self.tensors(prefix: prefix), as: type)
    try await Self.withFolder(weights: ["model.safetensors": data]) { folder in
      let vectors = try ModelsFolder(folder.deletingLastPathComponent()).tokenVectors(folder.lastPathComponent)
      #expect(vectors.rows == Self.words.count)
      #expect(vectors.values == Self.tensors()["embeddings.word_embeddings.weight"]?.values)
    }
  }

  /// A cased folder reads capitals as they stand; an uncased one as if they were none.
  @Test func casingIsThatOfTheFolder() async throws {
    let cased = Self.words.map { $0 == "news" ? "News" : $0 }.joined(separator: "\n")
    func vectors(_ files: Files, _ text: String) async throws -> [Float] {
      try await Self.withFolder(files) { folder in
        let encoder = try SentenceEncoder(contentsOf: folder, settings: .init(maximumTokens: 16))
        return Array(try await encoder.encode([text]).features[0])
      }
    }
    let configurations = [
      ["tokenizer_config.json": #"{"do_lower_case": false}"#],
      ["tokenizer.json": #"{"normalizer": {"type": "BertNormalizer", "lowercase": false}}"#],
    ]
    for configuration in configurations {
      let files = (configuration as Files).merging(["vocab.txt": cased]) { $1 }
      #expect(try await vectors(files, "good News") == vectors([:], "good news"))
      #expect(try await vectors(files, "good news") == vectors([:], "good unknown"))
      #expect(try await vectors(files, "Good News") == vectors([:], "unknown news"))
    }
    #expect(try await vectors([:], "GOOD News") == vectors([:], "good news"))
  }

  @Test func aVocabularyInTokenizerJSONIsReadToo() async throws {
    let ids = Self.words.enumerated().map { "\"\($1)\": \($0)" }.joined(separator: ", ")
    let json = "{\"normalizer\": null, \"model\": {\"type\": \"WordPiece\", \"vocab\": {\(ids)}}}"
    #expect(try await Self.vectors(["vocab.txt": nil, "tokenizer.json": json]) == Self.vectors())
  }

  /// What the model was trained to read bounds what the settings allow.
  @Test func longerTextsAreCutWhereTheFolderSays() async throws {
    try await Self.withFolder(["sentence_bert_config.json": #"{"max_seq_length": 4, "do_lower_case": false}"#]) {
      let encoding = try await SentenceEncoder(contentsOf: $0, settings: .init(maximumTokens: 16))
        .encode(["good news good news"])
      #expect(encoding.tokenCounts == [4] && encoding.isTruncated == [true])
    }
  }

  private static let pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 90868376\n"

  /// Files, and what the refusal must name.
  static let refused: [(files: Files, words: [String])] = [
    (["config.json": configuration.replacing("BertModel", with: "MPNetModel")], ["config.json", "MPNetModel"]),
    (["config.json": configuration.replacing("\"bert\"", with: "\"mpnet\"")], ["config.json", "BertModel"]),
    (["config.json": configuration.replacing("\"bert\"", with: "\"xlm-roberta\"")], ["xlm-roberta"]),
    (["config.json": configuration.replacing("\"bert\"", with: "\"distilbert\"")], ["distilbert"]),
    (["config.json": pointer], ["config.json", "git lfs pull"]),
    (["vocab.txt": pointer], ["vocab.txt", "git lfs pull"]),
    (["1_Pooling/config.json": pointer], ["1_Pooling", "git lfs pull"]),
    (["modules.json": modules.replacing("Normalize\"", with: "Dense\"")], ["modules.json", "Dense"]),
    (["modules.json": modules.replacing("Transformer\"", with: "CLIPModel\"")], ["CLIPModel"]),
    (["modules.json": "{}"], ["modules.json"]), (["modules.json": "nonsense"], ["modules.json", "JSON"]),
    (["1_Pooling/config.json": pooling("lasttoken")], ["pooling_mode_lasttoken"]),
    (["1_Pooling/config.json": pooling("mean_sqrt_len_tokens")], ["pooling_mode_mean_sqrt_len_tokens"]),
    (["1_Pooling/config.json": pooling("cls_token", "mean_tokens")], ["pooling_mode_cls_token and"]),
    (["1_Pooling/config.json": pooling()], ["1_Pooling"]),
    (
      [
        "sentence_bert_config.json": #"{"do_lower_case": true}"#, "tokenizer_config.json": #"{"do_lower_case": false}"#,
      ],
      ["sentence_bert_config.json", "do_lower_case"]
    ),
    (["tokenizer_config.json": #"{"tokenizer_class": "MPNetTokenizer"}"#], ["tokenizer_class", "MPNetTokenizer"]),
    (["tokenizer_config.json": #"{"tokenizer_class": "XLMRobertaTokenizerFast"}"#], ["XLMRobertaTokenizerFast"]),
    (["tokenizer_config.json": #"{"strip_accents": false}"#], ["strip_accents"]),
    (["tokenizer_config.json": #"{"tokenize_chinese_chars": false}"#], ["tokenize_chinese_chars"]),
    (["tokenizer.json": #"{"model": {"type": "BPE"}}"#], ["model.type", "BPE"]),
    (["tokenizer.json": #"{"model": {"type": "Unigram"}}"#], ["Unigram"]),
    (["tokenizer.json": #"{"normalizer": {"type": "Sequence"}}"#], ["Sequence"]),
    (["vocab.txt": nil], ["vocab.txt"]), (["vocab.txt": nil, "merges.txt": "a b"], ["merges.txt"]),
    (["vocab.txt": nil, "sentencepiece.bpe.model": "x"], ["sentencepiece.bpe.model"]),
    (["vocab.txt": nil, "tokenizer.json": #"{"model": {"vocab": {"[PAD]": 0, "a": 2}}}"#], ["leaves ids out"]),
    (["config_sentence_transformers.json": #"{"default_prompt_name": "query"}"#], ["default_prompt_name", "query"]),
  ]

  @Test(arguments: refused.indices) func whatIsNotComputedIsRefusedByItsName(index: Int) async throws {
    let (files, words) = Self.refused[index]
    try await Self.withFolder(files) { folder in
      let error = #expect(throws: (any Error).self, "\(files)") {
        try SentenceEncoder(contentsOf: folder, settings: .init(maximumTokens: 16))
      }
      for word in words { #expect(error.map { "\($0)".contains(word) } == true, "\(String(describing: error))") }
    }
  }

  @Test func weightsOfAnotherKindAreRefusedByTheirName() async throws {
    let cases: [(weights: [String: Data?], words: [String])] = [
      (["model.safetensors": Data(Self.pointer.utf8)], ["model.safetensors", "git lfs pull"]),
      (
        ["model.safetensors": nil, "pytorch_model.bin": Data([0x50, 0x4B])],
        ["pytorch_model.bin", "safe_serialization"]
      ),
      (["model.safetensors": nil, "tf_model.h5": Data()], ["tf_model.h5"]),
      (["model.safetensors": nil], ["model.safetensors"]),
      (
        ["model.safetensors": try Self.encoded(["lm_head.weight": ([2], [1, 2])])],
        ["embeddings.word_embeddings.weight", "no sentence encoder"]
      ),
      (
        [
          "model.safetensors": try Self.encoded(Self.tensors().filter { !$0.key.contains("layer.1.output.dense.bias") })
        ],
        ["encoder.layer.1.output.dense.bias"]
      ),
    ]
    for (weights, words) in cases {
      try await Self.withFolder(weights: weights) { folder in
        let error = #expect(throws: (any Error).self) {
          try SentenceEncoder(contentsOf: folder, settings: .init(maximumTokens: 16))
        }
        for word in words { #expect(error.map { "\($0)".contains(word) } == true, "\(String(describing: error))") }
      }
    }
  }
}

extension Array {
  fileprivate func asyncMap<Value>(_ transform: (Element) async throws -> Value) async rethrows -> [Value] {
    var values: [Value] = []
    for element in self { values.append(try await transform(element)) }
    return values
  }
}
