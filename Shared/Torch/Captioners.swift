import CTorch

/// Decoders of captions, with autograd. Self is the grids of pictures, [captions, places, channels].
extension Tensor {
  /// What zeroes numbers while a network learns.
  public struct Dropout {
    /// The share of the numbers, 0 ..< 1.
    public let share: Double
    let generator: RandomGenerator

    /// A share, and what it is drawn by.
    public init(share: Double, generator: RandomGenerator) { (self.share, self.generator) = (share, generator) }
  }

  /// The logits [captions, length, words] of an LSTM with spatial attention (Lu et al. 2017), at each place those of the token
  /// after it.
  /// - Parameters:
  ///   - tokens: [captions, length], int64, the first one the start.
  ///   - parameters: of the places' values [hidden, channels], [hidden]; of the image the same; the embedding [words, hidden];
  ///     of the gates (input, forget, cell, output) weights and recurrent weights [4 · hidden, hidden], biases
  ///     [4 · hidden]; of the query [hidden, hidden], [hidden]; of the output [words, hidden], [words].
  ///   - dropout: of embeddings and outputs; `nil` for an answer.
  public func lstmCaptioner(
    tokens: Tensor, parameters: [Tensor], dropout: Dropout?
  ) throws(TorchError) -> Tensor {
    let handles: [OpaquePointer?] = parameters.map(\.handle)
    return try .make("lstmCaptioner") { torch, out in
      withExtendedLifetime((parameters, dropout)) {
        torch.lstm_captioner(
          handle, tokens.handle, handles, Int64(handles.count), dropout?.share ?? 0, dropout?.generator.handle, out)
      }
    }
  }

  /// The logits [captions, length, words] of a transformer's decoder (Vaswani et al. 2017), normalised before each part, whose
  /// output is its embedding.
  /// - Parameters:
  ///   - tokens: [captions, length], int64, the first one the start.
  ///   - parameters: of the places' values [hidden, channels], [hidden], and of their normalisation [hidden] twice; embedding
  ///     [words, hidden]; positions [longest, hidden]; of each layer normalisation, queries, keys and values in one
  ///     [3 · hidden, hidden], [3 · hidden], and what follows [hidden, hidden], [hidden]; normalisation, queries, keys and
  ///     values of the places in one [2 · hidden, hidden], [2 · hidden], and what follows; normalisation, inner and outer
  ///     layer; last the normalisation, and the output's bias [words].
  ///   - heads: a divisor of hidden.
  ///   - dropout: of embeddings and of each part's output; `nil` for an answer.
  public func transformerCaptioner(
    tokens: Tensor, parameters: [Tensor], heads: Int, dropout: Dropout?
  ) throws(TorchError) -> Tensor {
    let handles: [OpaquePointer?] = parameters.map(\.handle)
    return try .make("transformerCaptioner") { torch, out in
      withExtendedLifetime((parameters, dropout)) {
        torch.transformer_captioner(
          handle, tokens.handle, handles, Int64(handles.count), Int64(heads), dropout?.share ?? 0,
          dropout?.generator.handle, out)
      }
    }
  }
}
