import Encoders
import Torch

/// A decoder on libtorch, which reads all tokens anew at each step: for a captioner that no router runs.
struct TorchDecoder<Shape: DecoderShape>: CaptionDecoder {
  let shape: Shape
  /// As the shape's parameters.
  let weights: [[Float]]

  func begin(_ grids: FeatureMatrix) throws -> any CaptionDecoding { try TorchDecoding(self, grids) }
}

private final class TorchDecoding<Shape: DecoderShape>: CaptionDecoding {
  private let shape: Shape
  private let parameters: [Tensor]
  private let grids: Tensor
  /// Of each hypothesis of the last step its picture, and its tokens with the start.
  private var hypotheses: [(picture: Int64, tokens: [Int64])]

  init(_ decoder: TorchDecoder<Shape>, _ grids: FeatureMatrix) throws {
    shape = decoder.shape
    parameters = try decoder.tensors()
    self.grids = try decoder.shape.tensor(grids)
    hypotheses = (0..<grids.rows).map { (Int64($0), []) }
  }

  func step(tokens: [Int32], parents: [Int32], count: Int, temperature: Float) throws -> DecoderChoices {
    hypotheses = zip(tokens, parents).map { token, parent in
      let before = hypotheses[Int(parent)]
      return (before.picture, before.tokens + [Int64(token)])
    }
    let logits = try withoutGradient {
      let (rows, length) = (hypotheses.count, hypotheses.first?.tokens.count ?? 0)
      let pictures = try grids.selected(0, Tensor(integers: hypotheses.map(\.picture), shape: [rows]))
      let tokens = try Tensor(integers: hypotheses.flatMap(\.tokens), shape: [rows, length])
      let all = try shape.logits(pictures, tokens: tokens, parameters: parameters, dropout: nil)
      return try (all.narrowed(1, start: length - 1, length: 1) * Double(1 / temperature)).logSoftmax(-1).floats()
    }
    return choices(logits, count: count)
  }

  private func choices(_ logProbabilities: [Float], count: Int) -> DecoderChoices {
    var result = DecoderChoices(count: count, tokens: [], logProbabilities: [])
    for row in hypotheses.indices {
      let values = logProbabilities[row * shape.vocabulary..<(row + 1) * shape.vocabulary]
      var best: [(token: Int32, value: Float)] = []
      for (token, value) in values.enumerated() where token != CaptionVocabulary.unknown {
        guard best.count < count || value > best[best.count - 1].value else { continue }
        if best.count == count { best.removeLast() }
        best.insert((Int32(token), value), at: best.firstIndex { $0.value < value } ?? best.endIndex)
      }
      result.tokens += best.map(\.token)
      result.logProbabilities += best.map(\.value)
    }
    return result
  }
}

extension TorchDecoder {
  fileprivate func tensors() throws -> [Tensor] {
    try zip(weights, shape.parameters).map { try Tensor($0, shape: $1.shape) }
  }
}

extension DecoderShape {
  /// Grids of length 1 as decoders take them: the mean square of their numbers is 1.
  func tensor(_ grids: FeatureMatrix) throws -> Tensor {
    let scale = Double(places * channels).squareRoot()
    return try Tensor(grids.values, shape: [grids.rows, places, channels]) * scale
  }
}
