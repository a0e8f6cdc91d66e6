import Content
import Encoders

/// What computes in a small model that answers with labels, as it is stored: weights, and what encodes its input.
///
/// A network of another kind is a folder beside `Text` and a line in `Architecture.all`.
public protocol SmallModelNetwork: StoredNetwork {
  /// How many labels it answers with.
  var labelCount: Int { get }

  /// The network ready to answer.
  /// - Parameter card: the model's.
  /// - Throws: where what it needs beside its file is not there, with what and how to bring it.
  func predictor(_ card: ModelCard, _ options: PredictorOptions) throws -> any SmallModelPredictor

  /// The network as one that learns on from where it stands, such as an S2 from the large model's answers.
  /// - Parameter encoders: those that it may name.
  /// - Throws: `SmallModelError` with the reason where it cannot.
  func trainable(_ encoders: EncoderLibrary) throws -> any TrainableNetwork
}

/// How a network is made ready to answer.
public struct PredictorOptions: Sendable {
  /// How numbers are kept where a network has the choice.
  public enum Precision: Sendable {
    /// 4 bytes a number.
    case float32
    /// 2 bytes a number, where the processor converts them (F16C); else float32.
    case float16
  }

  /// How numbers are kept where a network has the choice.
  public var precision: Precision
  /// Bytes that tables made for speed may take, at most.
  public var memoryBound: Int
  /// The encoders that networks may name.
  public var encoders: EncoderLibrary

  /// The defaults are a router's.
  public init(
    precision: Precision = .float16, memoryBound: Int = 128 << 20, encoders: EncoderLibrary = EncoderLibrary()
  ) {
    self.precision = precision
    self.memoryBound = memoryBound
    self.encoders = encoders
  }
}

/// A network ready to answer. It is read only: each caller brings its own memory.
public protocol SmallModelPredictor: Sendable {
  /// How many labels it answers with.
  var labelCount: Int { get }
  /// What it needs of an input: who asks it has seen to it that all of that is there, and that an image is there as data.
  var reads: Set<Input.Kind> { get }

  /// Writes the logits of some inputs of a batch, [rows][labels], and notes in `scratch` whose end it did not read. It
  /// blocks the caller's thread while it computes.
  /// - Parameters:
  ///   - rows: which inputs.
  ///   - inputs: the whole batch; what was encoded of it for a network before is not encoded again.
  ///   - scratch: memory that is kept from batch to batch.
  /// - Throws: where `logits` has not exactly rows × labels numbers, and where the network fails.
  func predict(
    _ rows: [Int], of inputs: [Input], into logits: UnsafeMutableBufferPointer<Float>, scratch: PredictionScratch
  ) throws
}

extension SmallModelPredictor {
  /// The logits of inputs, [inputs][labels].
  public func logits(_ inputs: [Input]) throws -> [Float] {
    let scratch = PredictionScratch()
    var result = [Float](repeating: 0, count: inputs.count * labelCount)
    try result.withUnsafeMutableBufferPointer { result in
      // Batches, so that only so many pictures are in memory decoded.
      for start in stride(from: 0, to: inputs.count, by: 1024) {
        let batch = Array(inputs[start..<min(start + 1024, inputs.count)])
        scratch.begin(batch)
        let rows = start * labelCount..<(start + batch.count) * labelCount
        try predict(
          Array(batch.indices), of: batch, into: UnsafeMutableBufferPointer(rebasing: result[rows]), scratch: scratch)
      }
    }
    return result
  }

  func check(_ logits: UnsafeMutableBufferPointer<Float>, rows: Int) throws(SmallModelError) {
    guard logits.count == rows * labelCount else {
      throw SmallModelError(
        "prediction: room for \(logits.count) logits, \(rows) inputs × \(labelCount) labels need \(rows * labelCount)")
    }
  }
}
