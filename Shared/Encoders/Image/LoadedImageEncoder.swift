import Foundation
import Images
import Safetensors

/// An image encoder in memory, and how a picture goes through it. Not `Sendable`: it stays with who owns it.
final class LoadedImageEncoder {
  /// Names the model: its folder and a checksum of its last layer. Products of bfloat16 are not named: features hardly
  /// differ, and a head serves on all machines.
  let version: String
  /// Places and channels of a picture's grid.
  var grid: (places: Int, channels: Int) { network.grid }
  private let network: EfficientNet
  private let lanes: Lanes<Workspace>
  private let keeping: FeatureFolder?
  private var kept: [Pooling: KeptFeatures] = [:]

  /// What is kept of the pictures that were seen.
  private struct KeptFeatures {
    let columns: Int
    var cache: FeatureCache<PictureKey>
    let stored: StoredFeatures?
  }

  /// What one thread keeps from picture to picture.
  private final class Workspace: @unchecked Sendable {  // Used by one thread at a time.
    let scratch: EfficientNetScratch
    var resizer = PictureResizer()

    init(_ network: EfficientNet) throws { scratch = try EfficientNetScratch(network) }
  }

  /// - Parameters:
  ///   - threads: from 1.
  ///   - kept: where features are kept for other processes, too; `nil`: only what was seen lately is, in memory.
  init(
    contentsOf folder: URL, threads: Int, kept: FeatureFolder? = nil, instructions: EfficientNet.Instructions = .best
  ) throws {
    guard threads >= 1 else { throw EncoderError("threads: \(threads); at least 1 is needed") }
    let configuration = try ImageEncoderConfiguration(contentsOf: folder.appending(path: "config.json"))
    let file = try SafetensorsFile(contentsOf: folder.appending(path: "model.safetensors"))
    let network = try EfficientNet(file, configuration, instructions: instructions)
    self.network = network
    lanes = try Lanes(threads: threads) { try Workspace(network) }
    var checksum = Checksum()
    try file.withBytes(of: "_conv_head.weight") { checksum.append($0) }
    version = "\(folder.lastPathComponent)-\(checksum)"
    keeping = kept
  }

  /// The features of pictures, a row each, of length 1.
  /// - Throws: `CancellationError` between two pictures of a thread when the task is cancelled; `EncoderError` for a pooling
  ///   of sentence encoders.
  func features(of pictures: [Picture], pooling: Pooling) throws -> FeatureMatrix {
    guard pooling != .allLayers else {
      throw EncoderError(
        "pooling \(pooling.rawValue) is of sentence encoders; \(version) gives \(Pooling.sentence.rawValue) and "
          + Pooling.grid.rawValue)
    }
    // Taken out meanwhile, so that the cache is changed where it is.
    var kept = try kept.removeValue(forKey: pooling) ?? noneKept(pooling)
    defer { self.kept[pooling] = kept }
    let keys = pictures.map(PictureKey.init)
    let stored = kept.stored
    return try kept.cache.features(of: keys, columns: kept.columns) { missing in
      try features(
        of: missing.map { pictures[$0] }, keys: missing.map { keys[$0] }, pooling: pooling, stored: stored)
    }
  }

  private func noneKept(_ pooling: Pooling) throws -> KeptFeatures {
    let columns = network.columns(pooling)
    let name = pooling == .sentence ? version : "\(version)-\(pooling.rawValue)"
    // As many numbers in memory, whatever they are of.
    return KeptFeatures(
      columns: columns, cache: FeatureCache(limit: max(2, 4096 * network.features / columns)),
      stored: try keeping?.features(of: name, columns: columns))
  }

  /// The features of pictures that are not in memory.
  private func features(
    of pictures: [Picture], keys: [PictureKey], pooling: Pooling, stored: StoredFeatures?
  ) throws -> FeatureMatrix {
    var features = FeatureMatrix(rows: pictures.count, columns: network.columns(pooling))
    let unknown = try pictures.indices.filter { row in
      guard let known = try stored?.features(of: keys[row]) else { return true }
      features.replace(row, with: known)
      return false
    }
    for start in stride(from: 0, to: unknown.count, by: lanes.count) {
      let rows = Array(unknown[start..<min(start + lanes.count, unknown.count)])
      try compute(rows, of: pictures, pooling: pooling, into: &features)
      for row in rows { try stored?.append(features[row], of: keys[row]) }
    }
    return features
  }

  /// A picture for each lane, side by side.
  private func compute(
    _ rows: [Int], of pictures: [Picture], pooling: Pooling, into features: inout FeatureMatrix
  ) throws {
    let columns = features.columns
    try features.values.withUnsafeMutableBufferPointer { values in
      try lanes.run(rows.count) { index, workspace in
        let start = rows[index] * columns
        let picture = workspace.resizer.resize(
          pictures[rows[index]], width: network.size, height: network.size, filter: .bicubic)
        let row = UnsafeMutableBufferPointer(rebasing: values[start..<start + columns])
        workspace.scratch.run(picture.pixels, pooling, row)
        row.scaleToLengthOne()
      }
    }
  }
}
