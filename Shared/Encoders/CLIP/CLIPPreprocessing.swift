import Foundation
import Images

/// What `preprocessor_config.json` says of how a picture enters: its shorter side resized bicubically, the middle cut out,
/// each value normalised by its colour's mean and deviation.
struct CLIPPreprocessing: Equatable {
  /// Pixels of the shorter side once it is resized.
  let shorterSide: Int
  /// Pixels a side of what is cut out.
  let side: Int
  /// By colour what each of the 256 values enters as.
  let values: [[Float]]

  /// - Parameter imageSize: pixels a side of what the network reads.
  /// - Throws: `EncoderError` naming file and key for what this encoder does not do.
  init(folder: URL, imageSize: Int) throws {
    let fields = try Self.fields(folder)
    for step in ["do_resize", "do_center_crop", "do_rescale", "do_normalize"] { try fields.mustBeTrue(step) }
    _ = try fields.integer("resample", default: 3, in: 3...3)
    shorterSide = try fields.pixels("size", default: 224, names: ["shortest_edge"])
    side = try fields.pixels("crop_size", default: 224, names: ["height", "width"])
    guard side == imageSize else {
      throw fields.error("crop_size", "is \(side), image_size of config.json \(imageSize)")
    }
    guard shorterSide >= side else {
      throw fields.error("crop_size", "is \(side), which is larger than size \(shorterSide)")
    }
    let factor = try fields.number("rescale_factor", default: 1 / 255.0)
    let means = try fields.numbers("image_mean", count: 3, default: [0.48145466, 0.4578275, 0.40821073])
    let deviations = try fields.numbers("image_std", count: 3, default: [0.26862954, 0.26130258, 0.27577711])
    guard deviations.allSatisfy({ $0 > 0 }) else { throw fields.error("image_std", "must be above 0") }
    values = zip(means, deviations).map { mean, deviation in
      (0...255).map { Float((Double($0) * factor - mean) / deviation) }
    }
  }

  /// Newer folders keep it inside `processor_config.json`.
  private static func fields(_ folder: URL) throws -> ConfigurationFields {
    let url = folder.appending(path: "preprocessor_config.json")
    if let fields = try url.fields() { return ConfigurationFields(url, fields) }
    let newer = folder.appending(path: "processor_config.json")
    guard let all = try newer.fields(), all["image_processor"] != nil else {
      throw EncoderError(
        "\(url.path) is missing, which says how pictures are resized and normalised; it comes with the model's other files"
      )
    }
    return ConfigurationFields(newer, all).section("image_processor")
  }

  /// What the network sees of a picture.
  func seen(_ picture: Picture, by resizer: inout PictureResizer) -> Picture {
    resizer.resizeAndCrop(picture, shorterSide: shorterSide, toSquareOf: side, filter: .bicubic)
  }

  /// Appends a seen picture patch after patch, from the top left: of each red, then green, then blue, row after row.
  func append(_ seen: Picture, patchSize: Int, to numbers: inout [Float]) {
    let grid = side / patchSize
    for patch in 0..<grid * grid {
      let (top, left) = (patch / grid * patchSize, patch % grid * patchSize)
      for colour in 0..<3 {
        let table = values[colour]
        for y in top..<top + patchSize {
          for x in left..<left + patchSize { numbers.append(table[Int(seen.pixels[(y * side + x) * 3 + colour])]) }
        }
      }
    }
  }
}
