import CResNet

/// A residual network without libtorch: batch normalisation is folded into the convolutions, whose numbers are float32, or
/// of 8 bits where each layer's step is known.
///
/// It is read only; each caller brings its own `Scratch`.
public final class FoldedResNet: @unchecked Sendable {  // Written in `init` only.
  /// The sizes.
  public let shape: ResNetShape
  private let model: CResNetModel
  private let instructions: Instructions
  private let memory: AlignedMemory

  /// Folds a network.
  /// - Parameter steps: of each convolution's outputs, above 0; `nil` for float32.
  public convenience init(_ network: ResNet, steps: [Float]?) {
    self.init(network, steps: steps, instructions: .best)
  }

  /// As above, with chosen instructions, which the processor must have.
  init(_ network: ResNet, steps: [Float]?, instructions: Instructions) {
    var memory = AlignedMemory()
    let layers = FoldedLayers(network, steps: steps, instructions: instructions.code, memory: &memory)
    let labels = network.shape.labels
    let stride = (labels + 15) / 16 * 16
    var head = [Float](repeating: 0, count: ResNetShape.features * stride)
    for label in 0..<labels {
      for feature in 0..<ResNetShape.features {
        head[feature * stride + label] = network.head[label * ResNetShape.features + feature]
      }
    }
    model = CResNetModel(
      blocks: Int32(network.shape.blocks), labels: Int32(labels), is_int8: steps != nil,
      border: (network.mean[0], network.mean[1], network.mean[2]), layers: layers.pointer,
      feature_scale: steps?.last ?? 1, head: memory.copy(head),
      head_bias: memory.copy(network.headBias + [Float](repeating: 0, count: stride - labels)),
      label_stride: Int32(stride))
    shape = network.shape
    self.instructions = instructions
    self.memory = memory
  }

  deinit { memory.free() }

  /// Writes the logits of pictures, [pictures][labels].
  /// - Parameter pixels: [pictures][32][32][3], red, green, blue; as many pictures as `logits` has rows.
  public func predict(
    _ pixels: UnsafeBufferPointer<UInt8>, into logits: UnsafeMutableBufferPointer<Float>, scratch: borrowing Scratch
  ) {
    run(pixels, logits, peaks: nil, scratch)
  }

  /// The largest activation behind each convolution, of each picture; with float32.
  /// - Parameter pixels: [pictures][32][32][3].
  func peaks(_ pixels: [UInt8]) -> [[Float]] {
    let count = pixels.count / TrainingPictures.byteCount
    let layers = 6 * shape.blocks + 1
    var logits = [Float](repeating: 0, count: count * shape.labels)
    var peaks = [Float](repeating: 0, count: count * layers)
    let scratch = Scratch()
    pixels.withUnsafeBufferPointer { pixels in
      logits.withUnsafeMutableBufferPointer { logits in
        peaks.withUnsafeMutableBufferPointer { run(pixels, logits, peaks: $0.baseAddress, scratch) }
      }
    }
    return (0..<count).map { Array(peaks[$0 * layers..<($0 + 1) * layers]) }
  }

  private func run(
    _ pixels: UnsafeBufferPointer<UInt8>, _ logits: UnsafeMutableBufferPointer<Float>,
    peaks: UnsafeMutablePointer<Float>?, _ scratch: borrowing Scratch
  ) {
    let count = logits.count / shape.labels
    precondition(pixels.count == count * TrainingPictures.byteCount, "a picture needs 32 × 32 × 3 bytes")
    withUnsafePointer(to: model) {
      cresnet_logits(
        $0, instructions.code, pixels.baseAddress, Int64(count), scratch.pointer, logits.baseAddress, peaks)
    }
  }
}

extension FoldedResNet {
  /// Which of the processor's instructions run.
  enum Instructions: UInt32, CaseIterable {
    case portable = 0
    case avx2 = 1
    case avx512 = 2

    /// The best that this processor has.
    static var best: Instructions { Instructions(rawValue: cresnet_best_instructions().rawValue) ?? .portable }

    var code: CResNetInstructions { CResNetInstructions(rawValue: rawValue) }
  }

  /// Memory that a prediction writes to. One caller at a time.
  public struct Scratch: ~Copyable {
    fileprivate let pointer: UnsafeMutableRawPointer
    private let memory: AlignedMemory

    /// About a megabyte.
    public init() {
      var memory = AlignedMemory()
      pointer = memory.allocate(Int(cresnet_scratch_bytes()))
      self.memory = memory
    }

    deinit { memory.free() }
  }
}

/// The convolutions as C reads them.
private struct FoldedLayers {
  let pointer: UnsafePointer<CResNetLayer>

  init(_ network: ResNet, steps: [Float]?, instructions: CResNetInstructions, memory: inout AlignedMemory) {
    var layers: [CResNetLayer] = []
    for (index, (convolution, size)) in zip(network.folded(), network.shape.convolutions).enumerated() {
      let packed = memory.allocate(Int(cresnet_packed_bytes(Int32(size.input), Int32(size.output))))
      guard let steps else {
        cresnet_pack_floats(instructions, Int32(size.input), Int32(size.output), convolution.weight, packed)
        layers.append(
          CResNetLayer(weights: packed, scale: nil, bias: memory.copy(convolution.bias), residual_scale: 1))
        continue
      }
      var weightSteps = [Float](repeating: 0, count: size.output)
      cresnet_pack_int8(
        instructions, Int32(size.input), Int32(size.output), convolution.weight, packed, &weightSteps)
      // Pixels are their own steps; a block's shortcut is what the block before it gave.
      let (input, output) = (index == 0 ? 1 : steps[index - 1], steps[index])
      layers.append(
        CResNetLayer(
          weights: packed, scale: memory.copy(weightSteps.map { $0 * input / output }),
          bias: memory.copy(convolution.bias.map { $0 / output }),
          residual_scale: index < 2 ? 1 : steps[index - 2] / output))
    }
    pointer = memory.copy(layers)
  }
}
