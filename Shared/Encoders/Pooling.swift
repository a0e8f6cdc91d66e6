/// How a text's token vectors become one vector of features.
public enum Pooling: String, Sendable, Codable, CaseIterable {
  /// The last layer's tokens pooled as the encoder's folder says, by default their mean, scaled to length 1: the sentence
  /// embedding of sentence-transformers. Of a picture the mean over its last convolution, scaled to length 1.
  case sentence
  /// The mean and the maximum over the tokens of the embeddings and of every layer, side by side, not scaled. Carries
  /// what the last layer alone has dropped, such as sentiment; for a linear head. Not of pictures.
  case allLayers
  /// Of a picture what the encoder's last block makes of each of its places, [places][channels], together scaled to length 1:
  /// what a captioner looks at. Not of texts.
  case grid

  /// Features a text.
  /// - Throws: `EncoderError` where texts have none such.
  func columns(_ configuration: EncoderConfiguration) throws(EncoderError) -> Int {
    switch self {
    case .grid: throw EncoderError("pooling \(rawValue) is of image encoders, this is a sentence encoder")
    case .sentence: configuration.hiddenSize
    case .allLayers: 2 * (configuration.numHiddenLayers + 1) * configuration.hiddenSize
    }
  }
}

extension TokenPooling {
  /// One vector of a text's, the rows of `values`.
  /// - Parameters:
  ///   - values: [tokens, output.count].
  ///   - output: where it is written.
  func pool(_ values: UnsafePointer<Float>, _ rows: Range<Int>, to output: UnsafeMutableBufferPointer<Float>) {
    let columns = output.count
    let first = values + rows.lowerBound * columns
    for column in 0..<columns { output[column] = first[column] }
    guard self != .cls else { return }
    for row in rows.dropFirst() {
      let values = values + row * columns
      switch self {
      case .max: for column in 0..<columns { output[column] = Swift.max(output[column], values[column]) }
      case .mean, .cls: for column in 0..<columns { output[column] += values[column] }
      }
    }
    guard self == .mean else { return }
    let share = 1 / Float(rows.count)
    for column in 0..<columns { output[column] *= share }
  }
}

extension UnsafeMutableBufferPointer<Float> {
  /// Scales the vector to length 1; one of zeros stays.
  func scaleToLengthOne() {
    let length = Swift.max(reduce(0) { $0 + $1 * $1 }.squareRoot(), 1e-12)
    for index in indices { self[index] /= length }
  }
}
