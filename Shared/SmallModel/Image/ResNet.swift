import Cascade
import Foundation

/// A residual network for 32 × 32 pictures (He et al. 2015, https://arxiv.org/abs/1512.03385, section 4.2), with shortcuts
/// without weights (option A): every second pixel, zeros for the channels that are new.
///
/// The weights as plain numbers, so that a copy is an assignment.
public struct ResNet: Sendable, Equatable {
  /// A 3 × 3 convolution and its batch normalisation.
  struct Convolution: Sendable, Equatable {
    /// [out, in, 3, 3].
    var weight: [Float]
    /// [out], as the three below.
    var scale: [Float]
    var shift: [Float]
    /// Of the convolution's outputs over the training data.
    var mean: [Float]
    var variance: [Float]

    /// What batch normalisation adds to the variance.
    static let epsilon: Float = 1e-5
  }

  /// The sizes.
  public let shape: ResNetShape
  /// Of the training data's pixels, 0 … 255; red, green, blue. A picture's border is the mean.
  let mean: [Float]
  /// The same pixels' standard deviation; above 0.
  let deviation: [Float]
  /// In the order of their run.
  var convolutions: [Convolution]
  /// [labels, 64].
  var head: [Float]
  /// [labels].
  var headBias: [Float]

  /// A network to be trained: convolutions drawn as by He et al. 2015 (https://arxiv.org/abs/1502.01852, equation 14).
  init(shape: ResNetShape, mean: [Float], deviation: [Float], seed: UInt64) {
    var generator = SplitMix64(seed: seed)
    convolutions = shape.convolutions.map { input, output in
      let spread = (2 / Float(9 * output)).squareRoot()
      return Convolution(
        weight: (0..<output * input * 9).map { _ in spread * Self.normal(&generator) },
        scale: [Float](repeating: 1, count: output), shift: [Float](repeating: 0, count: output),
        mean: [Float](repeating: 0, count: output), variance: [Float](repeating: 1, count: output))
    }
    let bound = 1 / Float(ResNetShape.features).squareRoot()
    head = (0..<shape.labels * ResNetShape.features).map { _ in Float.random(in: -bound...bound, using: &generator) }
    headBias = [Float](repeating: 0, count: shape.labels)
    (self.shape, self.mean, self.deviation) = (shape, mean, deviation)
  }

  /// Parts that fit each other: `StoredResNet` checks those of a file.
  init(
    shape: ResNetShape, mean: [Float], deviation: [Float], convolutions: [Convolution], head: [Float],
    headBias: [Float]
  ) {
    (self.shape, self.mean, self.deviation) = (shape, mean, deviation)
    (self.convolutions, self.head, self.headBias) = (convolutions, head, headBias)
  }

  /// Box and Muller's transform.
  private static func normal(_ generator: inout SplitMix64) -> Float {
    let (first, second) = (
      Float.random(in: Float.leastNormalMagnitude...1, using: &generator), Float.random(in: 0..<1, using: &generator)
    )
    return (-2 * log(first)).squareRoot() * cos(2 * .pi * second)
  }
}
