/// A convolution with its batch normalisation folded in.
struct FoldedConvolution {
  /// [out, in, 3, 3].
  var weight: [Float]
  /// [out].
  var bias: [Float]

  /// w · γ ÷ √(σ² + ε) and β − μ · γ ÷ √(σ² + ε).
  init(_ convolution: ResNet.Convolution) {
    let factors = zip(convolution.scale, convolution.variance).map {
      $0 / ($1 + ResNet.Convolution.epsilon).squareRoot()
    }
    let size = convolution.weight.count / factors.count
    weight = convolution.weight.enumerated().map { $1 * factors[$0 / size] }
    bias = factors.indices.map { convolution.shift[$0] - convolution.mean[$0] * factors[$0] }
  }

  /// The first convolution reads pixels as they are, so it also subtracts their mean and divides by their deviation.
  mutating func readPixels(mean: [Float], deviation: [Float]) {
    for output in bias.indices {
      for channel in 0..<3 {
        for tap in 0..<9 {
          let index = (output * 3 + channel) * 9 + tap
          weight[index] /= deviation[channel]
          bias[output] -= weight[index] * mean[channel]
        }
      }
    }
  }
}

extension ResNet {
  /// All convolutions, the first of which reads pixels.
  func folded() -> [FoldedConvolution] {
    var folded = convolutions.map(FoldedConvolution.init)
    folded[0].readPixels(mean: mean, deviation: deviation)
    return folded
  }
}
