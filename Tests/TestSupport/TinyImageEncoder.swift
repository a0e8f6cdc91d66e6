import Encoders
import Foundation

/// A small EfficientNet-Lite of random weights, for what needs features of pictures and not good ones.
public enum TinyImageEncoder {
  /// Its folder below the models' folder.
  public static let name = "efficientnet-lite"

  /// The folder that holds it.
  public static var models: ModelsFolder {
    ModelsFolder(
      URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "EncodersTests/Golden"))
  }

  /// Reddish pictures, then as many bluish ones, as files.
  public static func redsAndBlues(each count: Int) -> [[UInt8]] {
    let shades = (0..<count).map { UInt8(40 + 200 * $0 / count) }
    return shades.map { PlainPNG.file([255, $0, 20]) } + shades.map { PlainPNG.file([20, $0, 255]) }
  }
}
