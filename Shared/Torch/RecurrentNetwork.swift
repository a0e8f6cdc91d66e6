import CTorch

extension Tensor {
  /// The largest output of each unit of a bidirectional LSTM (Hochreiter and Schmidhuber 1997) over a text's tokens,
  /// [texts, 2 · hidden], the forward direction's units first; self [texts, length, dimension], behind a text's length
  /// anything.
  /// - Parameters:
  ///   - lengths: [texts], int64, from 1.
  ///   - parameters: of the forward, then of the backward direction input weights [4 · hidden, dimension], recurrent weights
  ///     [4 · hidden, hidden] and biases [4 · hidden], gates in the order input, forget, cell, output.
  public func lstmMaxima(lengths: Tensor, parameters: [Tensor]) throws(TorchError) -> Tensor {
    guard parameters.count == 6 else {
      throw TorchError(operation: "lstmMaxima", reason: "it needs 6 parameters, got \(parameters.count)")
    }
    let handles: [OpaquePointer?] = parameters.map(\.handle)
    return try .make("lstmMaxima") { torch, out in
      withExtendedLifetime(parameters) { torch.lstm_maxima(handle, lengths.handle, handles, out) }
    }
  }
}
