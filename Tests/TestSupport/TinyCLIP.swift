import Encoders
import Foundation
import Images
import Safetensors

/// A small CLIP model of random weights, for what needs its features and not good ones; `make.py` beside it made it.
public enum TinyCLIP {
  /// Its folder below the models' folder.
  public static let name = "clip"

  /// The folder that holds it.
  public static var models: ModelsFolder { TinyImageEncoder.models }

  /// The pictures of which `golden.safetensors` has what transformers makes.
  public static var pictures: [Picture] {
    [(32, 32), (50, 40), (40, 75), (20, 24), (301, 9)].map { .drawn(width: $0, height: $1) }
  }

  /// The texts likewise.
  public static let texts = [
    "a photo of a cat.", "This is a photo of a maple tree with probability 0.932", "aquarium fish", "",
    String(repeating: "word ", count: 90),
  ]

  /// The logits by transformers, a row a picture, a column a text.
  public static func logits() throws -> FeatureMatrix {
    let file = try SafetensorsFile(contentsOf: models.encoder(name).appending(path: "golden.safetensors"))
    return try FeatureMatrix(rows: pictures.count, columns: texts.count, values: file.floats("quick_gelu.logits"))
  }
}

extension Picture {
  /// A picture without meaning, as the scripts draw it that make golden files.
  public static func drawn(width: Int, height: Int) -> Picture {
    var pixels: [UInt8] = []
    for y in 0..<height {
      for x in 0..<width {
        for colour in 0..<3 { pixels.append(UInt8((x * 7 + y * 13 + colour * 29 + x * y % 31 * 5) % 256)) }
      }
    }
    return Picture(width: width, height: height, pixels: pixels)
  }
}
