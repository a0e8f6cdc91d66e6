import Cascade
import Content
import Foundation

@testable import SmallModel

/// A residual network, of 8 layers unless told otherwise, whose numbers PyTorch was given, too, and pictures whose label is told by their colour.
enum ResNetToy {
  static let labels = 3

  /// Each number is offset + scale · sin(0.7k + 0.3 (k mod 11)), k its place.
  private struct Waves {
    var place = 0

    mutating func take(_ count: Int, scale: Double, offset: Double = 0) -> [Float] {
      defer { place += count }
      return (place..<place + count).map { index in
        let angle: Double = 0.7 * Double(index) + 0.3 * Double(index % 11)
        return Float(offset + scale * sin(angle))
      }
    }
  }

  /// - Parameter weight: of a convolution's weights, by its place; `nil`: waves.
  static func network(blocks: Int = 1, weight: ((Int) -> Float)? = nil) throws -> ResNet {
    let shape = try ResNetShape(blocks: blocks, labels: labels)
    var waves = Waves()
    let convolutions = shape.convolutions.map { input, output in
      let weights = waves.take(output * input * 9, scale: (2 / Double(9 * input)).squareRoot())
      return ResNet.Convolution(
        weight: weight.map { weights.indices.map($0) } ?? weights,
        scale: waves.take(output, scale: 0.2, offset: 1), shift: waves.take(output, scale: 0.1),
        mean: waves.take(output, scale: 0.1), variance: waves.take(output, scale: 0.2, offset: 1))
    }
    return ResNet(
      shape: shape, mean: [129.3, 124.1, 112.4], deviation: [68.2, 65.4, 70.4], convolutions: convolutions,
      head: waves.take(labels * 64, scale: 0.3), headBias: waves.take(labels, scale: 0.1))
  }

  static let pictures = TrainingPictures(
    pixels: (0..<2 * TrainingPictures.byteCount).map { index -> UInt8 in
      let value: Int = index * index * 7 + index * 13 + index / 97
      return UInt8(value % 256)
    })

  /// Black, white, and pixels, rows and columns that are by turns black and white.
  static let extremes = TrainingPictures(
    pixels: [{ _, _ in false }, { _, _ in true }, { ($0 + $1) % 2 == 0 }, { row, _ in row % 2 == 0 }, { $1 % 2 == 0 }]
      .flatMap { (isWhite: (Int, Int) -> Bool) in
        (0..<TrainingPictures.byteCount).map { isWhite($0 / 96, $0 / 3 % 32) ? UInt8.max : 0 }
      })

  /// Noise, brighter in the channel that is the label.
  static func labelled(_ count: Int, seed: UInt64) -> TrainingSet<TrainingPictures> {
    var generator = SplitMix64(seed: seed)
    let labels = (0..<count).map { $0 % Self.labels }
    let pixels = labels.flatMap { label in
      (0..<TrainingPictures.byteCount).map { index in
        UInt8.random(in: index % 3 == label ? 90...200 : 40...150, using: &generator)
      }
    }
    return TrainingSet(inputs: TrainingPictures(pixels: pixels), targets: .labels(labels))
  }

  static func settings() -> TrainingSettings {
    var settings = ResNetRecipe().training
    (settings.epochs, settings.batchSize, settings.heldOutShare) = (8, 10, 0)
    return settings
  }

  static func untrained(seed: UInt64 = 0) throws -> ResNet {
    ResNet(
      shape: try ResNetShape(blocks: 1, labels: labels), mean: [100, 100, 100], deviation: [40, 40, 40], seed: seed)
  }

  static func trained(
    on sources: [TrainingSet<TrainingPictures>], settings: TrainingSettings, checkpoint: TrainingCheckpoint? = nil,
    checkCancellation: () throws -> Void = {}
  ) throws -> ResNet {
    try untrained().trained(
      on: sources, heldOut: nil, settings: settings, checkpoint: checkpoint, progress: { _ in },
      checkCancellation: checkCancellation
    ).network
  }
}

extension FoldedResNet {
  /// The logits of pictures, [pictures][labels].
  func logits(_ pictures: TrainingPictures) -> [Float] {
    var result = [Float](repeating: 0, count: pictures.count * shape.labels)
    let scratch = Scratch()
    pictures.pixels.withUnsafeBufferPointer { pixels in
      result.withUnsafeMutableBufferPointer { predict(pixels, into: $0, scratch: scratch) }
    }
    return result
  }
}
