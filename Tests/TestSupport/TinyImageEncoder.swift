import Encoders
import Foundation
import Safetensors

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

  /// The same without the shifts of its normalisations, which drown what pictures differ in: for what learns to tell places
  /// of pictures apart.
  /// - Parameter models: an existing folder, which becomes the models' folder.
  public static func sensitive(in models: URL) throws -> ModelsFolder {
    let (from, to) = (Self.models.url.appending(path: name), models.appending(path: name))
    try FileManager.default.createDirectory(at: to, withIntermediateDirectories: true)
    try FileManager.default.copyItem(at: from.appending(path: "config.json"), to: to.appending(path: "config.json"))
    let file = try SafetensorsFile(contentsOf: from.appending(path: "model.safetensors"))
    var tensors: [String: SafetensorsTensor] = [:]
    for (tensor, entry) in file.tensors {
      let isShift = tensor.hasSuffix(".bias") || tensor.hasSuffix(".running_mean")
      let isVariance = tensor.hasSuffix(".running_var")
      tensors[tensor] = SafetensorsTensor(
        try file.floats(tensor).map { isShift ? 0 : isVariance ? 0.05 * $0 : $0 }, shape: entry.shape)
    }
    try SafetensorsFile.write(tensors, metadata: [:], to: to.appending(path: "model.safetensors"))
    return ModelsFolder(models)
  }
}
