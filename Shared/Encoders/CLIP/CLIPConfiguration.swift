import Foundation

/// What the `config.json` of a CLIP model says; what it leaves out is as in transformers' `CLIPConfig`.
struct CLIPConfiguration: Equatable {
  /// The `model_type` of a model with both towers.
  static let modelType = "clip"

  /// A transformer of one of the two towers.
  struct Tower: Equatable {
    let hiddenSize: Int
    let intermediateSize: Int
    let layers: Int
    let heads: Int
    let gelu: GELUForm
    let epsilon: Double
  }

  let text: Tower
  let vocabularySize: Int
  /// Tokens of a text, at most.
  let positions: Int
  /// The token at whose place a text's features are taken; 2 in configurations of before 2023, which means the largest one.
  let endToken: Int
  let vision: Tower
  /// Pixels a side of a picture.
  let imageSize: Int
  /// Pixels a side of a patch.
  let patchSize: Int
  /// Features of a picture and of a text.
  let features: Int

  /// Patches a side of a picture.
  var grid: Int { imageSize / patchSize }

  /// Reads the file and refuses what these encoders do not compute.
  init(contentsOf url: URL) throws {
    guard let all = try url.fields() else {
      throw EncoderError(
        "\(url.path) is missing; a CLIP folder holds config.json, model.safetensors, preprocessor_config.json, and "
          + "vocab.json with merges.txt or tokenizer.json")
    }
    let fields = ConfigurationFields(url, all)
    try Self.check(fields.text("model_type", default: "none"), url)
    let (text, vision) = (fields.section("text_config"), fields.section("vision_config"))
    self.text = try Tower(text, hidden: 512, inner: 2048, heads: 8)
    self.vision = try Tower(vision, hidden: 768, inner: 3072, heads: 12)
    vocabularySize = try text.integer("vocab_size", default: 49_408)
    positions = try text.integer("max_position_embeddings", default: 77, in: 2...4096)
    endToken = try text.integer("eos_token_id", default: 49_407, in: 0...Int(Int32.max))
    imageSize = try vision.integer("image_size", default: 224, in: 1...4096)
    patchSize = try vision.integer("patch_size", default: 32, in: 1...imageSize)
    features = try fields.integer("projection_dim", default: 512)
    _ = try vision.integer("num_channels", default: 3, in: 3...3)
  }

  private static func check(_ type: String, _ url: URL) throws(EncoderError) {
    switch type {
    case modelType: break
    case "clip_vision_model", "clip_vision_model_with_projection":
      throw EncoderError(
        "\(url.path): holds CLIP's image tower alone; labels are read by its text tower: take the whole model")
    case "clip_text_model", "clip_text_model_with_projection":
      throw EncoderError(
        "\(url.path): holds CLIP's text tower alone; pictures are read by its image tower: take the whole model")
    default: throw EncoderError("\(url.path): model_type is \(type); this encoder computes \(modelType)")
    }
  }

  /// Where in a text's ids its features are taken. The ids behind it change nothing.
  func place(in ids: some Collection<Int32>) -> Int {
    let wanted = endToken == 2 ? ids.max() : Int32(endToken)
    return ids.enumerated().first { $0.element == wanted }?.offset ?? 0
  }
}

extension CLIPConfiguration.Tower {
  fileprivate init(_ fields: ConfigurationFields, hidden: Int, inner: Int, heads: Int) throws {
    hiddenSize = try fields.integer("hidden_size", default: hidden)
    intermediateSize = try fields.integer("intermediate_size", default: inner)
    layers = try fields.integer("num_hidden_layers", default: 12, in: 1...1024)
    self.heads = try fields.integer("num_attention_heads", default: heads)
    guard hiddenSize % self.heads == 0 else {
      throw fields.error("hidden_size", "is \(hiddenSize), no multiple of num_attention_heads \(self.heads)")
    }
    switch try fields.text("hidden_act", default: "quick_gelu") {
    case "quick_gelu": gelu = .quick
    case "gelu": gelu = .exact
    case let other: throw fields.error("hidden_act", "is \(other); this encoder computes quick_gelu and gelu")
    }
    epsilon = try fields.number("layer_norm_eps", default: 1e-5)
  }
}
