import Foundation

/// What the `config.json` of an image encoder says; `scripts/convert-image-encoder` writes it.
struct ImageEncoderConfiguration: Decodable, Equatable {
  /// The `model_type` that this encoder computes.
  static let modelType = "efficientnet-lite"

  var modelType: String
  /// Pixels a side of what the network sees.
  var imageSize: Int
  /// What a pixel's value x enters as: (x − mean) ÷ scale.
  var imageMean: Double
  var imageScale: Double
  /// Blocks of each stage.
  var depths: [Int]
  /// Channels that each stage gives.
  var widths: [Int]
  var stemWidth: Int
  var featureWidth: Int
  var batchNormEpsilon: Double

  /// Reads the file and refuses what this encoder does not compute.
  init(contentsOf url: URL) throws {
    self = try url.configuration()
    if let fault = fault() { throw EncoderError("\(url.path): \(fault)") }
  }

  private func fault() -> String? {
    if modelType != Self.modelType { return "model_type is \(modelType); this encoder computes \(Self.modelType)" }
    if imageMean != 127 || imageScale != 128 {
      return "pixels are (x - \(imageMean)) / \(imageScale); this encoder reads (x - 127) / 128"
    }
    let stages = EfficientNet.stages.count
    if depths.count != stages || widths.count != stages { return "depths and widths must name \(stages) stages" }
    if !(1...1024).contains(imageSize) { return "image_size is \(imageSize); it must be in 1 ... 1024" }
    if !depths.allSatisfy((1...64).contains) { return "depths must be in 1 ... 64" }
    // The kernels take channels in eights, and those that are filtered or averaged in sixteens.
    for (name, width, step) in [("stem_width", stemWidth, 16), ("feature_width", featureWidth, 16)]
      + widths.map({ ("widths", $0, 8) })
    where !(step...8192).contains(width) || width % step != 0 {
      return "\(name) is \(width); it must be a multiple of \(step) up to 8192"
    }
    return nil
  }
}
