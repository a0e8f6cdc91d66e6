import CEfficientNet
import Foundation
import Safetensors

/// EfficientNet-Lite in memory (Tan and Le 2019, https://arxiv.org/abs/1905.11946; the Lite variants have ReLU6 and no
/// squeeze-and-excitation), its batch norms folded into the convolutions.
///
/// `@unchecked Sendable`: C only reads the network once `init` is through.
final class EfficientNet: @unchecked Sendable {
  /// The stages of every variant.
  static let stages: [(kernel: Int32, stride: Int32, expansion: Int)] = [
    (3, 1, 1), (3, 2, 6), (5, 2, 6), (3, 2, 6), (5, 1, 6), (5, 2, 6), (3, 1, 6),
  ]

  /// Which instructions compute it.
  enum Instructions: Sendable, CaseIterable {
    case portable, avx2, avx512
    /// Products of bfloat16, sums of float32.
    case bfloat16

    /// The best that this processor has.
    static var best: Self { allCases.first { $0.inC == cefficientnet_best_instructions() } ?? .portable }
    /// All that this processor has.
    static var available: [Self] { allCases.filter { $0.inC.rawValue <= cefficientnet_best_instructions().rawValue } }

    fileprivate var inC: CEfficientNetInstructions {
      switch self {
      case .portable: CEfficientNetPortable
      case .avx2: CEfficientNetAVX2
      case .avx512: CEfficientNetAVX512
      case .bfloat16: CEfficientNetBFloat16
      }
    }
  }

  /// Pixels a side of a picture.
  let size: Int
  /// Features a picture.
  let features: Int
  /// Channels after the last block.
  private let channels: Int
  /// Owned: freed with this object and nowhere else.
  fileprivate let network: OpaquePointer

  /// Takes a file's tensors, under the names of EfficientNet-Lite-PyTorch.
  /// - Throws: `EncoderError` where a tensor is missing or of another shape than `configuration` asks for.
  init(
    _ file: SafetensorsFile, _ configuration: ImageEncoderConfiguration, instructions: Instructions = .best
  ) throws {
    (size, features) = (configuration.imageSize, configuration.featureWidth)
    channels = configuration.widths.last ?? 0
    guard let network = cefficientnet_create(Int32(size), instructions.inC) else {
      throw EncoderError("\(file.name): no memory for the network, or a processor without \(instructions)")
    }
    self.network = network
    let weights = ConvolutionWeights(file: file, epsilon: configuration.batchNormEpsilon)
    var (inputs, index) = (configuration.stemWidth, 0)
    for (stage, (depth, width)) in zip(Self.stages, zip(configuration.depths, configuration.widths)) {
      for repetition in 0..<depth {
        let block = CEfficientNetBlock(
          kernel: stage.kernel, stride: repetition == 0 ? stage.stride : 1, hidden: Int32(inputs * stage.expansion),
          outputs: Int32(width), is_residual: repetition > 0)
        try add(block, index, inputs: inputs, weights)
        (inputs, index) = (width, index + 1)
      }
    }
    let head = try weights.folded("_conv_head", "_bn1", outputs: features, inputs: inputs)
    try check(cefficientnet_set_head(network, Int32(features), head.weights, head.bias), file)
  }

  deinit { cefficientnet_free(network) }

  /// Places of a picture after the last block, and channels of each.
  var grid: (places: Int, channels: Int) { (Int(cefficientnet_places(network)), channels) }

  /// How many numbers a picture comes to.
  func columns(_ pooling: Pooling) -> Int { pooling == .grid ? grid.places * grid.channels : features }

  private func add(_ block: CEfficientNetBlock, _ index: Int, inputs: Int, _ weights: ConvolutionWeights) throws {
    let (name, hidden, kernel) = ("_blocks.\(index).", Int(block.hidden), Int(block.kernel))
    // Before the first block there is the stem, which expands the picture.
    let expand =
      index == 0
      ? try weights.stem(outputs: hidden)
      : try weights.folded("\(name)_expand_conv", "\(name)_bn0", outputs: hidden, inputs: inputs)
    let depthwise = try weights.depthwise("\(name)_depthwise_conv", "\(name)_bn1", channels: hidden, kernel: kernel)
    let project = try weights.folded(
      "\(name)_project_conv", "\(name)_bn2", outputs: Int(block.outputs), inputs: hidden)
    let isAdded = cefficientnet_add(
      network, block, expand.weights, expand.bias, depthwise.weights, depthwise.bias, project.weights, project.bias)
    try check(isAdded, weights.file)
  }

  private func check(_ isDone: Bool, _ file: SafetensorsFile) throws(EncoderError) {
    if !isDone { throw EncoderError("\(file.name): no memory for the network") }
  }
}

/// What one thread needs to run an `EfficientNet`.
///
/// `@unchecked Sendable`: handed from thread to thread, and used by one at a time.
final class EfficientNetScratch: @unchecked Sendable {
  private let network: EfficientNet
  /// Owned: freed with this object and nowhere else.
  private let scratch: OpaquePointer

  init(_ network: EfficientNet) throws(EncoderError) {
    guard let scratch = cefficientnet_scratch_create(network.network) else {
      throw EncoderError("no memory to run an image encoder in")
    }
    (self.network, self.scratch) = (network, scratch)
  }

  deinit { cefficientnet_scratch_free(scratch) }

  /// Writes what one picture, size × size × 3 values, comes to.
  func run(_ pixels: [UInt8], _ pooling: Pooling, _ features: UnsafeMutableBufferPointer<Float>) {
    precondition(pixels.count == network.size * network.size * 3 && features.count == network.columns(pooling))
    switch pooling {
    case .grid: cefficientnet_grid(network.network, scratch, pixels, features.baseAddress)
    case .sentence, .allLayers: cefficientnet_features(network.network, scratch, pixels, features.baseAddress)
    }
  }
}

/// A file's convolutions, each with its batch norm folded in.
private struct ConvolutionWeights {
  typealias Folded = (weights: [Float], bias: [Float])

  let file: SafetensorsFile
  let epsilon: Double

  /// A 1 × 1 convolution: [outputs][inputs].
  func folded(_ convolution: String, _ norm: String, outputs: Int, inputs: Int) throws -> Folded {
    try folded(convolution, norm, shape: [outputs, inputs, 1, 1])
  }

  /// [channels, 1, kernel, kernel] as [kernel × kernel][channels].
  func depthwise(_ convolution: String, _ norm: String, channels: Int, kernel: Int) throws -> Folded {
    let (weights, bias) = try folded(convolution, norm, shape: [channels, 1, kernel, kernel])
    let area = kernel * kernel
    var turned: [Float] = []
    for place in 0..<area {
      for channel in 0..<channels { turned.append(weights[channel * area + place]) }
    }
    return (turned, bias)
  }

  /// [outputs, RGB, 3, 3] as [outputs][3][3][RGB].
  func stem(outputs: Int) throws -> Folded {
    let (weights, bias) = try folded("_conv_stem", "_bn0", shape: [outputs, 3, 3, 3])
    var turned: [Float] = []
    for output in 0..<outputs {
      for place in 0..<9 {
        for colour in 0..<3 { turned.append(weights[output * 27 + colour * 9 + place]) }
      }
    }
    return (turned, bias)
  }

  /// γ (W x − μ) ÷ √(σ² + ε) + β as one convolution.
  private func folded(_ convolution: String, _ norm: String, shape: [Int]) throws -> Folded {
    let outputs = shape[0]
    var weights = try floats("\(convolution).weight", shape)
    let (scale, shift) = (try floats("\(norm).weight", [outputs]), try floats("\(norm).bias", [outputs]))
    let mean = try floats("\(norm).running_mean", [outputs])
    let variance = try floats("\(norm).running_var", [outputs])
    var bias = shift
    let each = weights.count / outputs
    for output in 0..<outputs {
      let factor = Double(scale[output]) / (Double(variance[output]) + epsilon).squareRoot()
      bias[output] = Float(Double(shift[output]) - Double(mean[output]) * factor)
      for index in output * each..<(output + 1) * each { weights[index] = Float(Double(weights[index]) * factor) }
    }
    return (weights, bias)
  }

  private func floats(_ name: String, _ shape: [Int]) throws -> [Float] {
    let found = try file.entry(name).shape
    guard found == shape else {
      throw EncoderError("\(file.name): tensor \(name) has shape \(found), config.json asks for \(shape)")
    }
    return try file.floats(name)
  }
}
