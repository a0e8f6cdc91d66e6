import Concurrency
import Content
import Encoders
import Foundation
import Safetensors

extension Architecture {
  /// A residual network for 32 × 32 pictures, trained from labelled pictures, and further by distillation.
  public static let resnet = Architecture(
    name: "resnet", read: { try StoredResNet($0) }, recipe: { ResNetRecipe($0) })
}

/// A residual network as it is stored and served.
public struct StoredResNet: SmallModelNetwork {
  /// The weights.
  public let weights: ResNet
  /// Of each convolution's outputs, where it is served with numbers of 8 bits; `nil`: with float32. So what it is
  /// calibrated by is what it is served with.
  public let steps: [Float]?

  /// A residual network.
  public var architecture: Architecture { .resnet }
  /// As the head has.
  public var labelCount: Int { weights.shape.labels }

  /// With its batch normalisation folded into its convolutions.
  public func predictor(_ card: ModelCard, _ options: PredictorOptions) -> any SmallModelPredictor {
    ResNetPredictor(FoldedResNet(weights, steps: steps))
  }

  /// Itself.
  public func trainable(_ encoders: EncoderLibrary) -> any TrainableNetwork { self }
}

/// In the metadata `shape` as JSON. The tensors are `pixels.mean` and `pixels.deviation`; of each convolution
/// `convolution.i` [out, in, 3, 3], and of its batch normalisation `.scale`, `.shift`, `.mean` and `.variance`; `head`,
/// `head.bias`; where there are steps, `steps`.
extension StoredResNet {
  fileprivate init(_ file: SafetensorsFile) throws {
    let shape: ResNetShape = try file.decodedMetadata("shape")
    try shape.validate()
    let convolutions = try shape.convolutions.enumerated().map { index, size in
      func values(_ name: String) throws -> [Float] {
        try file.floats("convolution.\(index).\(name)", shape: [size.output])
      }
      return ResNet.Convolution(
        weight: try file.floats("convolution.\(index)", shape: [size.output, size.input, 3, 3]),
        scale: try values("scale"), shift: try values("shift"), mean: try values("mean"),
        variance: try values("variance"))
    }
    weights = ResNet(
      shape: shape, mean: try file.floats("pixels.mean", shape: [3]),
      deviation: try file.floats("pixels.deviation", shape: [3]), convolutions: convolutions,
      head: try file.floats("head", shape: [shape.labels, ResNetShape.features]),
      headBias: try file.floats("head.bias", shape: [shape.labels]))
    steps = file.tensors["steps"] == nil ? nil : try file.floats("steps", shape: [convolutions.count])
    try validate()
  }

  /// Refuses numbers that inference cannot take.
  private func validate() throws(SmallModelError) {
    guard weights.mean.allSatisfy({ (0...255).contains($0) }), weights.deviation.allSatisfy({ $0 > 0 && $0.isFinite })
    else { throw SmallModelError("the pixels' mean must be from 0 to 255, their deviation above 0") }
    guard weights.convolutions.allSatisfy({ $0.variance.allSatisfy { $0 >= 0 && $0.isFinite } }) else {
      throw SmallModelError("a batch normalisation's variance is negative or not finite")
    }
    guard weights.convolutions.allSatisfy({ $0.weight.allSatisfy(\.isFinite) && $0.scale.allSatisfy(\.isFinite) })
    else { throw SmallModelError("a convolution's weight is not finite") }
    guard steps?.allSatisfy({ $0 > 0 && $0.isFinite }) ?? true else {
      throw SmallModelError("a step of the activations is not above 0")
    }
    // Each number may be fine, and what they fold to too large.
    guard weights.folded().allSatisfy({ $0.weight.allSatisfy(\.isFinite) && $0.bias.allSatisfy(\.isFinite) }) else {
      throw SmallModelError("a convolution with its batch normalisation is not finite")
    }
  }

  /// The tensors, and the shape.
  public func contents() throws -> NetworkContents {
    var tensors = [
      "pixels.mean": SafetensorsTensor(weights.mean, shape: [3]),
      "pixels.deviation": SafetensorsTensor(weights.deviation, shape: [3]),
      "head": SafetensorsTensor(weights.head, shape: [labelCount, ResNetShape.features]),
      "head.bias": SafetensorsTensor(weights.headBias, shape: [labelCount]),
    ]
    for (index, (size, convolution)) in zip(weights.shape.convolutions, weights.convolutions).enumerated() {
      let name = "convolution.\(index)"
      tensors[name] = SafetensorsTensor(convolution.weight, shape: [size.output, size.input, 3, 3])
      for (part, values) in [
        ("scale", convolution.scale), ("shift", convolution.shift), ("mean", convolution.mean),
        ("variance", convolution.variance),
      ] {
        tensors["\(name).\(part)"] = SafetensorsTensor(values, shape: [size.output])
      }
    }
    if let steps { tensors["steps"] = SafetensorsTensor(steps, shape: [steps.count]) }
    return NetworkContents(tensors: tensors, metadata: ["shape": try weights.shape.metadataText()])
  }
}

extension StoredResNet {
  /// A network with the steps of its activations, or without.
  /// - Parameter pictures: what it was trained on; a few hundred of them tell how large activations get.
  init(_ weights: ResNet, calibratedOn pictures: TrainingPictures?) {
    self.weights = weights
    steps = pictures.map { pictures in
      let count = min(pictures.count, 512)
      let chosen = pictures.selecting((0..<count).map { $0 * pictures.count / count })
      let peaks = FoldedResNet(weights, steps: nil).peaks(chosen.pixels)
      // Not the very largest: one odd picture would make every step coarse.
      return (0..<weights.shape.convolutions.count).map { layer in
        let peak = peaks.map { $0[layer] }.sorted()[(count - 1) * 99 / 100]
        return peak > 0 ? peak / 255 : 1
      }
    }
  }
}

extension StoredResNet: TrainableNetwork {
  /// With the pictures' augmentation of training; ends early by `settings.patience`.
  public func trained(
    on sets: [TrainingExamples], heldOut: TrainingExamples?, settings: TrainingSettings,
    progress: @escaping @Sendable (TrainingEpoch) -> Void
  ) async throws -> TrainedNetwork {
    try await onTrainingThread(threads: settings.threads) { checkCancellation in
      let sources = try sets.map { try $0.pictures() }
      let outcome = try weights.trained(
        on: sources, heldOut: heldOut?.pictures(), settings: settings, progress: progress,
        checkCancellation: checkCancellation)
      let pictures = steps == nil ? nil : sources.map(\.inputs).max { $0.count < $1.count }
      return TrainedNetwork(
        network: StoredResNet(outcome.network, calibratedOn: pictures), epochs: outcome.epochs)
    }
  }
}
