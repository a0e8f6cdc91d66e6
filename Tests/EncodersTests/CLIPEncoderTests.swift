import Foundation
import Images
import Safetensors
import TestSupport
import Testing

@testable import Encoders

/// A small CLIP of random weights, and what transformers makes of it; `Golden/clip/make.py` made both.
@Suite struct CLIPEncoderTests {
  private static let golden = Bundle.module.bundleURL.appending(path: "Golden/clip")
  private static func values(_ name: String) throws -> [Float] {
    try SafetensorsFile(contentsOf: golden.appending(path: "golden.safetensors")).floats(name)
  }

  /// A copy of the model's folder that may be changed.
  private func withModel<Value>(_ body: (URL) async throws -> Value) async throws -> Value {
    try await withTemporaryFolder { folder in
      let copy = folder.appending(path: "clip")
      try FileManager.default.copyItem(at: Self.golden, to: copy)
      return try await body(copy)
    }
  }

  private func difference(_ found: [Float], _ wanted: [Float]) -> Float {
    found.count == wanted.count ? zip(found, wanted).map { abs($0 - $1) }.max() ?? .infinity : .infinity
  }

  @Test func picturesEnterAsTransformersPreparesThem() throws {
    let preprocessing = try CLIPPreprocessing(folder: Self.golden, imageSize: 32)
    let wanted = try Self.values("quick_gelu.pixels")
    var resizer = PictureResizer()
    for (index, picture) in TinyCLIP.pictures.enumerated() {
      let seen = preprocessing.seen(picture, by: &resizer)
      // A patch as large as the picture is the picture: red, green, blue.
      var numbers: [Float] = []
      preprocessing.append(seen, patchSize: 32, to: &numbers)
      #expect(
        difference(numbers, Array(wanted[index * 3072..<(index + 1) * 3072])) < 1e-5,
        "\(picture.width) x \(picture.height)")
    }
  }

  @Test(arguments: ["quick_gelu", "gelu"])
  func featuresAndScoresAreThoseOfTransformers(_ activation: String) async throws {
    try await withModel { folder in
      try folder.change("config.json") { fields in
        for tower in ["text_config", "vision_config"] {
          fields[tower] = (fields[tower] as? [String: Any] ?? [:]).merging(["hidden_act": activation]) { $1 }
        }
      }
      let model = try LoadedCLIP(contentsOf: folder, threads: 1, numbers: .float32)
      let images = try model.features(of: TinyCLIP.pictures)
      let texts = try model.features(of: TinyCLIP.texts)
      let logits = (0..<images.rows).flatMap { texts.products(with: images[$0]).map { $0 * model.logitScale } }
      #expect(difference(images.values, try Self.values("\(activation).images")) < 1e-4)
      #expect(difference(texts.values, try Self.values("\(activation).texts")) < 1e-4)
      #expect(difference(logits, try Self.values("\(activation).logits")) < 1e-4)
    }
  }

  @Test(arguments: TransformerNumbers.available)
  func featuresHardlyDependOnTheNumbersOfTheProducts(numbers: TransformerNumbers) throws {
    let model = try LoadedCLIP(contentsOf: Self.golden, threads: 1, numbers: numbers)
    let found = [try model.features(of: TinyCLIP.pictures), try model.features(of: TinyCLIP.texts)]
    for (features, wanted) in zip(found, [try Self.values("quick_gelu.images"), try Self.values("quick_gelu.texts")]) {
      for row in 0..<features.rows {
        let golden = wanted[row * features.columns..<(row + 1) * features.columns]
        #expect(zip(features[row], golden).reduce(0) { $0 + $1.0 * $1.1 } >= 0.999)
      }
    }
  }

  @Test func companyThreadsAndTheCacheChangeNothing() async throws {
    let pictures = TinyCLIP.pictures + TinyCLIP.pictures
    let model = try LoadedCLIP(contentsOf: Self.golden, threads: 2)
    for _ in 0..<2 {
      let together = try model.features(of: pictures)
      let texts = try model.features(of: TinyCLIP.texts)
      let alone = try LoadedCLIP(contentsOf: Self.golden, threads: 1)
      for row in pictures.indices {
        #expect(difference(Array(together[row]), try alone.features(of: [pictures[row]]).values) < 1e-5)
      }
      for row in TinyCLIP.texts.indices {
        #expect(difference(Array(texts[row]), try alone.features(of: [TinyCLIP.texts[row]]).values) < 1e-5)
      }
    }
    #expect(try model.features(of: [Picture]()).rows == 0 && model.features(of: [String]()).rows == 0)
  }

  /// Configurations of before 2023 say 2, and mean the token of the largest id.
  @Test(arguments: [
    (2, [7, 3, 9, 4, 9], 2), (2, [7, 3, 9, 11], 3), (9, [7, 3, 9, 11], 2), (9, [7, 9, 9], 1), (9, [7, 3], 0),
  ])
  func aTextIsReadWhereItEnds(_ endToken: Int, _ ids: [Int32], _ place: Int) async throws {
    try await withModel { folder in
      try folder.changeSection("text_config", ["eos_token_id": endToken])
      #expect(try CLIPConfiguration(contentsOf: folder.appending(path: "config.json")).place(in: ids) == place)
    }
  }

  @Test func theOldEndTokenGivesTheSameFeatures() async throws {
    try await withModel { folder in
      try folder.changeSection("text_config", ["eos_token_id": 2])
      let texts = try LoadedCLIP(contentsOf: folder, threads: 1, numbers: .float32).features(of: TinyCLIP.texts)
      #expect(difference(texts.values, try Self.values("quick_gelu.texts")) < 1e-4)
    }
  }

  @Test func whatAConfigurationLeavesOutIsAsInTransformers() async throws {
    try await withModel { folder in
      try Data(#"{"model_type": "clip", "text_config": {}}"#.utf8).write(to: folder.appending(path: "config.json"))
      let found = try CLIPConfiguration(contentsOf: folder.appending(path: "config.json"))
      typealias Tower = CLIPConfiguration.Tower
      #expect(
        found.text
          == Tower(hiddenSize: 512, intermediateSize: 2048, layers: 12, heads: 8, gelu: .quick, epsilon: 1e-5))
      #expect(
        found.vision
          == Tower(hiddenSize: 768, intermediateSize: 3072, layers: 12, heads: 12, gelu: .quick, epsilon: 1e-5))
      #expect(found.features == 512 && found.imageSize == 224 && found.patchSize == 32 && found.positions == 77)
      #expect(found.vocabularySize == 49_408 && found.endToken == 49_407)
    }
  }

  /// Files as older and newer versions of transformers leave them.
  @Test(arguments: ["text_config_dict", "sizes", "processor_config", "tokenizer of texts", "tokenizer of pairs"])
  func olderAndNewerFilesMeanTheSame(_ variant: String) async throws {
    try await withModel { folder in
      switch variant {
      case "text_config_dict":
        try folder.change("config.json") { fields in
          fields["text_config_dict"] = fields["text_config"]
          fields["text_config"] = ["hidden_size": 512]
        }
      case "sizes":
        try folder.change("preprocessor_config.json") { fields in (fields["size"], fields["crop_size"]) = (32, 32) }
      case "processor_config":
        let fields = try #require(try folder.appending(path: "preprocessor_config.json").fields())
        try JSONSerialization.data(withJSONObject: ["image_processor": fields])
          .write(to: folder.appending(path: "processor_config.json"))
        try FileManager.default.removeItem(at: folder.appending(path: "preprocessor_config.json"))
      default: try folder.joinVocabulary(asPairs: variant.hasSuffix("pairs"))
      }
      let model = try LoadedCLIP(contentsOf: folder, threads: 1, numbers: .float32)
      let (images, texts) = (try model.features(of: TinyCLIP.pictures), try model.features(of: TinyCLIP.texts))
      #expect(difference(images.values, try Self.values("quick_gelu.images")) < 1e-4)
      #expect(difference(texts.values, try Self.values("quick_gelu.texts")) < 1e-4)
    }
  }

  @Test(arguments: [ElementType.float32, .bfloat16])
  func weightsMayHaveAnyPrecision(_ type: ElementType) async throws {
    try await withModel { folder in
      try folder.changeWeights { tensor in
        let words = tensor.values.map { type == .bfloat16 ? $0.bitPattern & 0xFFFF_0000 : $0.bitPattern }
        if type == .float32 { return SafetensorsTensor(words.map(Float.init(bitPattern:)), shape: tensor.shape) }
        let halves = words.map { UInt16($0 >> 16) }
        return SafetensorsTensor(.bfloat16, shape: tensor.shape, bytes: halves.withUnsafeBytes { Data($0) })
      }
      let found = try LoadedCLIP(contentsOf: folder, threads: 1, numbers: .float32).features(of: TinyCLIP.pictures)
        .values
      // bfloat16 keeps 8 of float16's 11 bits.
      #expect(difference(found, try Self.values("quick_gelu.images")) < (type == .float32 ? 1e-4 : 0.05))
    }
  }

  @Test(arguments: [
    ("config.json", "config.json is missing; a CLIP folder holds config.json, model.safetensors"),
    ("preprocessor_config.json", "preprocessor_config.json is missing, which says how pictures are resized"),
    ("model.safetensors", "model.safetensors: cannot be read"),
    ("vocab.json", "vocab.json is missing, and so is tokenizer.json"),
    ("merges.txt", "merges.txt is missing, and so is tokenizer.json"),
  ])
  func aMissingFileIsNamed(_ file: String, _ words: String) async throws {
    try await withModel { folder in
      try FileManager.default.removeItem(at: folder.appending(path: file))
      expectFault(folder, words)
    }
  }

  @Test(
    arguments: [
      ("config.json", ["model_type": "clip_vision_model"], "holds CLIP's image tower alone"),
      ("config.json", ["model_type": "clip_text_model"], "holds CLIP's text tower alone"),
      ("config.json", ["model_type": "siglip"], "model_type is siglip; this encoder computes clip"),
      ("config.json", ["text_config": ["hidden_act": "relu"]], "text_config.hidden_act is relu"),
      ("config.json", ["text_config": ["hidden_size": "24"]], "text_config.hidden_size is no whole number"),
      ("config.json", ["vision_config": ["num_attention_heads": 5]], "vision_config.hidden_size is 768, no multiple"),
      ("config.json", ["vision_config": ["patch_size": 1 << 40]], "vision_config.patch_size is 1099511627776"),
      ("config.json", ["vision_config": ["num_channels": 1]], "vision_config.num_channels is 1"),
      ("config.json", ["projection_dim": 512], "has shape [16, 32], config.json asks for [512, 32]"),
      ("preprocessor_config.json", ["do_center_crop": false], "do_center_crop is false"),
      ("preprocessor_config.json", ["resample": 2], "resample is 2; 3 to 3 is computed"),
      ("preprocessor_config.json", ["size": ["height": 32, "width": 32]], "size has height, width; shortest_edge"),
      ("preprocessor_config.json", ["crop_size": 24], "crop_size is 24, image_size of config.json 32"),
      ("preprocessor_config.json", ["size": 31], "crop_size is 32, which is larger than size 31"),
      ("preprocessor_config.json", ["image_std": [1, 1]], "image_std has 2 numbers; 3 are needed"),
      ("preprocessor_config.json", ["image_std": [1, 0, 1]], "image_std must be above 0"),
    ] as [(String, [String: any Sendable], String)])
  func whatIsNotComputedIsRefusedByItsName(
    _ file: String, _ changes: [String: any Sendable], _ words: String
  ) async throws {
    try await withModel { folder in
      try folder.change(file) { fields in fields.merge(changes) { $1 } }
      expectFault(folder, words)
    }
  }

  @Test func aTensorOfAnotherShapeIsNamedWithBothShapes() async throws {
    try await withModel { folder in
      try folder.changeWeights { tensor in
        let isWrong = tensor.name == "text_model.encoder.layers.1.mlp.fc1.weight"
        return SafetensorsTensor(tensor.values, shape: isWrong ? tensor.shape.reversed() : tensor.shape)
      }
      expectFault(
        folder, "tensor text_model.encoder.layers.1.mlp.fc1.weight has shape [24, 48], config.json asks for [48, 24]")
    }
  }

  @Test(arguments: ["text_projection.weight", "vision_model.embeddings.class_embedding", "logit_scale"])
  func aTensorThatIsMissingIsNamed(_ name: String) async throws {
    try await withModel { folder in
      try folder.changeWeights { tensor in
        tensor.name == name ? nil : SafetensorsTensor(tensor.values, shape: tensor.shape)
      }
      expectFault(folder, "has no tensor \(name)")
    }
  }

  @Test func aVocabularyThatIsNotTheModelsIsRefused() async throws {
    try await withModel { folder in
      try folder.changeSection("text_config", ["vocab_size": 300])
      expectFault(folder, "has ids up to 555, the model 300 tokens")
      try folder.changeSection("text_config", ["vocab_size": 556, "eos_token_id": 49_407])
      expectFault(folder, "<|endoftext|> has the id 555, text_config.eos_token_id of config.json is 49407")
    }
  }

  private func expectFault(_ folder: URL, _ words: String, sourceLocation: SourceLocation = #_sourceLocation) {
    let error = #expect(throws: (any Error).self, sourceLocation: sourceLocation) {
      try LoadedCLIP(contentsOf: folder, threads: 1)
    }
    let text = error.map { "\($0)" } ?? ""
    #expect(text.contains(words) && text.contains(folder.path), "\(text)", sourceLocation: sourceLocation)
  }
}

extension URL {
  func change(_ file: String, _ body: (inout [String: Any]) -> Void) throws {
    var fields = try #require(try appending(path: file).fields())
    body(&fields)
    try JSONSerialization.data(withJSONObject: fields).write(to: appending(path: file))
  }

  fileprivate func changeSection(_ section: String, _ changes: [String: Any]) throws {
    try change("config.json") { fields in
      fields[section] = (fields[section] as? [String: Any] ?? [:]).merging(changes) { $1 }
    }
  }

  /// Puts `vocab.json` and `merges.txt` into one `tokenizer.json`.
  fileprivate func joinVocabulary(asPairs: Bool) throws {
    let (vocabulary, merges) = (appending(path: "vocab.json"), appending(path: "merges.txt"))
    let lines = try #require(try merges.text()).split(separator: "\n").dropFirst().map(String.init)
    let model: [String: Any] = [
      "type": "BPE", "end_of_word_suffix": "</w>", "vocab": try #require(try vocabulary.fields()),
      "merges": asPairs ? lines.map { $0.split(separator: " ").map(String.init) } : lines,
    ]
    try JSONSerialization.data(withJSONObject: ["model": model]).write(to: appending(path: "tokenizer.json"))
    for url in [vocabulary, merges] { try FileManager.default.removeItem(at: url) }
  }

  /// Writes each tensor of `model.safetensors` anew; one for which `body` gives `nil` goes.
  fileprivate func changeWeights(
    _ body: ((name: String, values: [Float], shape: [Int])) throws -> SafetensorsTensor?
  ) throws {
    let url = appending(path: "model.safetensors")
    let file = try SafetensorsFile(contentsOf: url)
    var tensors: [String: SafetensorsTensor] = [:]
    for (name, entry) in file.tensors {
      tensors[name] = try body((name, try file.floats(name), entry.shape))
    }
    try SafetensorsFile.write(tensors, to: url)
  }
}
