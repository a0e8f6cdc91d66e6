import CTorch

extension Tensor {
  /// Filters of one width.
  public typealias FilterSize = (width: Int, count: Int)

  /// What the head of a TextCNN sees (Kim 2014): [texts, filters + dimension]. Of each filter max(0, bias + the largest
  /// sum over the windows that begin in the text), 0 for a text without tokens; then the sum of the text's embeddings
  /// over the root of their number. Self is the table [tokens, dimension]; a leaf's gradient is sparse.
  /// - Parameters:
  ///   - tokens: of all texts one behind the other, int64.
  ///   - keeps: a factor for each token, 0 where it is dropped.
  ///   - ends: of each text one past its last token, int64.
  ///   - weights: of each width [width, count, dimension], the rows of all one below the other.
  ///   - biases: [filters]
  public func textFeatures(
    tokens: Tensor, keeps: Tensor, ends: Tensor, weights: Tensor, biases: Tensor, filters: [FilterSize]
  ) throws(TorchError) -> Tensor {
    try .make("textFeatures") {
      $0.text_features(
        handle, weights.handle, biases.handle, tokens.handle, keeps.handle, ends.handle,
        filters.map { Int64($0.width) }, filters.map { Int64($0.count) }, Int64(filters.count), $1)
    }
  }
}
