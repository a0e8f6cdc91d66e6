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

  /// Weights as -127 … 127 and the step of each output channel, its largest weight ÷ 127.
  func quantized() -> (weights: [Int8], steps: [Float]) {
    let size = weight.count / bias.count
    let steps = bias.indices.map { output in
      let largest = weight[output * size..<(output + 1) * size].reduce(0) { max($0, abs($1)) }
      return largest > 0 ? max(largest / 127, .leastNormalMagnitude) : 1
    }
    let weights = weight.enumerated().map { index, weight in
      Int8(max(-127, min(127, (weight / steps[index / size]).rounded(.toNearestOrEven))))
    }
    return (weights, steps)
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
