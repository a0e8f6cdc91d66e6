import Torch

/// The sizes of a captioner's decoder, and what it is made of.
protocol DecoderShape: Sendable, Equatable, Codable {
  /// What the captioner's file names.
  static var architecture: Architecture { get }
  /// Tokens: words, the end and the unknown word.
  var vocabulary: Int { get }
  /// Places of a picture.
  var places: Int { get }
  /// Numbers of a place.
  var channels: Int { get }
  /// Tokens that it can read one behind the other.
  var longest: Int { get }

  /// Refuses sizes that no network can have or that are far beyond any sensible one.
  func validate() throws(SmallModelError)

  /// Its weights, in the order in which `logits` takes them.
  var parameters: [DecoderParameter] { get }

  /// The logits [captions, length, vocabulary], with autograd.
  /// - Parameters:
  ///   - grids: [captions, places, channels].
  ///   - tokens: [captions, length], int64.
  ///   - dropout: `nil` for an answer.
  func logits(
    _ grids: Tensor, tokens: Tensor, parameters: [Tensor], dropout: Tensor.Dropout?
  ) throws(TorchError) -> Tensor

  /// The decoder ready to answer.
  /// - Parameters:
  ///   - weights: as `parameters` says.
  ///   - precision: how numbers are kept, where it has the choice.
  func decoder(_ weights: [[Float]], precision: PredictorOptions.Precision) throws -> any CaptionDecoder
}

/// A weight of a decoder.
struct DecoderParameter {
  /// What it starts from.
  enum Start {
    /// Drawn evenly from −bound to bound.
    case uniform(Double)
    case constant(Double)
  }

  let name: String
  let shape: [Int]
  let start: Start
  /// Whether weight decay shrinks it.
  var decays: Bool { shape.count > 1 }

  /// Weight and bias of a linear layer, drawn evenly with variance 1 ÷ 3 inputs.
  static func linear(_ name: String, _ inputs: Int, _ outputs: Int) -> [DecoderParameter] {
    [
      DecoderParameter(
        name: "\(name).weight", shape: [outputs, inputs], start: .uniform(1 / Double(inputs).squareRoot())),
      DecoderParameter(name: "\(name).bias", shape: [outputs], start: .constant(0)),
    ]
  }

  /// Scale and shift of a normalisation.
  static func normalisation(_ name: String, _ width: Int) -> [DecoderParameter] {
    [
      DecoderParameter(name: "\(name).scale", shape: [width], start: .constant(1)),
      DecoderParameter(name: "\(name).shift", shape: [width], start: .constant(0)),
    ]
  }
}

extension DecoderShape {
  /// What all decoders check.
  func validate(hidden: Int) throws(SmallModelError) {
    for (value, name, range) in [
      (vocabulary, "vocabulary", 3...1_000_000), (places, "places", 1...10_000), (channels, "channels", 1...10_000),
      (hidden, "hidden", DecoderRanges.hidden),
    ] where !range.contains(value) {
      throw SmallModelError(
        "captioner: \(name) is \(value), it must be from \(range.lowerBound) to \(range.upperBound)")
    }
    guard hidden % 16 == 0 else { throw SmallModelError("captioner: hidden is \(hidden), which is no multiple of 16") }
  }

  /// Drawn weights, in the order of `parameters`.
  func weights(seed: UInt64) throws -> [[Float]] {
    let generator = try RandomGenerator(seed: seed)
    return try parameters.map { parameter in
      switch parameter.start {
      case .uniform(let bound):
        try Tensor.uniform(-bound..<bound, shape: parameter.shape, generator: generator).floats()
      case .constant(let value): [Float](repeating: Float(value), count: parameter.shape.reduce(1, *))
      }
    }
  }
}

enum DecoderRanges {
  static let hidden = 16...2048
  static let layers = 1...24
  static let heads = 1...64
}
