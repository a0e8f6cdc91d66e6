import CTransformer

/// The numbers of a linear layer.
struct LinearWeights {
  var weight: [Float]  // [outputs, inputs]
  var bias: [Float]?  // [outputs]
  let inputs: Int
  let outputs: Int

  /// - Parameter hasBias: whether there is a tensor `name.bias`.
  init(_ weights: EncoderWeights, _ name: String, _ inputs: Int, _ outputs: Int, hasBias: Bool = true) throws {
    weight = try weights.floats("\(name).weight", [outputs, inputs])
    bias = hasBias ? try weights.floats("\(name).bias", [outputs]) : nil
    (self.inputs, self.outputs) = (inputs, outputs)
  }

  /// - Parameter weight: [outputs, inputs].
  init(weight: [Float], inputs: Int) {
    (self.weight, bias, self.inputs, outputs) = (weight, nil, inputs, weight.count / inputs)
  }

  /// The outputs of all parts side by side; all of them have a bias.
  init(stacked parts: [LinearWeights]) {
    weight = parts.flatMap(\.weight)
    bias = parts.flatMap { $0.bias ?? [] }
    inputs = parts[0].inputs
    outputs = parts.reduce(0) { $0 + $1.outputs }
  }

  func scaled(_ factor: Float) -> LinearWeights {
    var scaled = self
    scaled.weight = weight.map { $0 * factor }
    scaled.bias = bias?.map { $0 * factor }
    return scaled
  }
}

/// A linear layer laid out for its product, and what is done with its output.
///
/// `@unchecked Sendable`: C only reads the layer once `init` is through.
final class PackedLinear: @unchecked Sendable {
  /// What becomes of input · weightᵀ + bias.
  enum After {
    /// It is the output, in float32.
    case nothing
    /// It is added to the output, which is float32.
    case sum
    /// A function of it is the output, in the numbers of inputs.
    case gelu(GELUForm)

    fileprivate var inC: CTransformerAfter {
      switch self {
      case .nothing: CTransformerAfterNothing
      case .sum: CTransformerAfterSum
      case .gelu(.exact): CTransformerAfterGELU
      case .gelu(.quick): CTransformerAfterQuickGELU
      }
    }
  }

  /// Owned: freed with this object and nowhere else.
  private let linear: OpaquePointer

  init(_ weights: LinearWeights, _ numbers: TransformerNumbers, then after: After = .nothing) throws {
    var made: OpaquePointer?
    let status = weights.bias.withOptionalBuffer { bias in
      ctransformer_linear_make(
        Int64(weights.inputs), Int64(weights.outputs), weights.weight, bias, numbers.inC, after.inC, &made)
    }
    guard let made else { throw Self.error(status) }
    linear = made
  }

  deinit { ctransformer_linear_free(linear) }

  /// - Parameters:
  ///   - input: [rows, inputs], rows padded as workspaces have them.
  ///   - output: [rows, outputs], likewise.
  func callAsFunction(
    _ input: UnsafeRawPointer, rows: Int, to output: UnsafeMutableRawPointer, on workspace: TransformerWorkspace
  ) throws {
    let status = ctransformer_linear_run(linear, workspace.products, Int64(rows), input, output)
    guard status == 0 else { throw Self.error(status) }
  }

  private static func error(_ status: Int32) -> EncoderError {
    EncoderError(
      status == -1
        ? "there is no memory for an encoder's layer" : "oneDNN cannot compute a layer: its status is \(status)")
  }
}

/// The Gaussian error linear unit (Hendrycks and Gimpel 2016, https://arxiv.org/abs/1606.08415).
enum GELUForm: Sendable {
  /// x · Φ(x).
  case exact
  /// x · σ(1.702 x).
  case quick
}

extension [Float]? {
  fileprivate func withOptionalBuffer<Value>(_ body: (UnsafePointer<Float>?) -> Value) -> Value {
    guard let self else { return body(nil) }
    return self.withUnsafeBufferPointer { body($0.baseAddress) }
  }
}
