import Cascade
import Foundation
import Safetensors

/// A training after an epoch: what it needs to go on as if it had never stopped.
struct TrainingMoment {
  let step: Int
  let epochs: [TrainingEpoch]
  let bestEpoch: Int?
  /// What the order of the next epoch's data is drawn from.
  let order: SplitMix64
  /// Of the network, then of the optimizers.
  let tensors: [[Float]]
  /// Of the network at its best epoch.
  let best: [[Float]]
}

/// The file that a training is kept in while it runs.
struct TrainingCheckpoint {
  private static let format = "data-shunt-training"

  let url: URL
  /// Tells this training from others: settings and data.
  let identity: String

  /// Writes the file whole or not at all.
  func write(_ moment: TrainingMoment) throws {
    var tensors: [String: SafetensorsTensor] = [:]
    for (index, values) in moment.tensors.enumerated() {
      tensors["state.\(index)"] = SafetensorsTensor(values, shape: [values.count])
    }
    for (index, values) in moment.best.enumerated() {
      tensors["best.\(index)"] = SafetensorsTensor(values, shape: [values.count])
    }
    let progress = Progress(
      step: moment.step, epochs: moment.epochs, bestEpoch: moment.bestEpoch, order: moment.order)
    try SafetensorsFile.write(
      tensors,
      metadata: ["format": Self.format, "identity": identity, "progress": progress.metadataText()], to: url)
  }

  /// What was written last; `nil` where there is no file.
  /// - Parameters:
  ///   - shapes: of the tensors.
  ///   - best: how many of them are the network's.
  /// - Throws: for a file of another training, or of none.
  func read(shapes: [[Int]], best: Int) throws -> TrainingMoment? {
    guard FileManager.default.fileExists(atPath: url.path) else { return nil }
    let file = try SafetensorsFile(contentsOf: url)
    guard file.metadata["format"] == Self.format, file.metadata["identity"] == identity else {
      throw SmallModelError(
        "\(url.path): is no checkpoint of this training with its settings and data; remove it, or name another file")
    }
    let progress: Progress = try file.decodedMetadata("progress")
    let counts = shapes.map { $0.reduce(1, *) }
    return TrainingMoment(
      step: progress.step, epochs: progress.epochs, bestEpoch: progress.bestEpoch, order: progress.order,
      tensors: try counts.enumerated().map { try file.floats("state.\($0)", shape: [$1]) },
      best: try counts.prefix(progress.bestEpoch == nil ? 0 : best).enumerated().map {
        try file.floats("best.\($0)", shape: [$1])
      })
  }

  /// Removes the file: a training that has ended does not go on.
  func remove() throws {
    guard FileManager.default.fileExists(atPath: url.path) else { return }
    try FileManager.default.removeItem(at: url)
  }

  private struct Progress: Codable {
    let step: Int
    let epochs: [TrainingEpoch]
    let bestEpoch: Int?
    let order: SplitMix64
  }
}
