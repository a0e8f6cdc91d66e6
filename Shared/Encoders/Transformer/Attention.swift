import CTransformer

/// Self-attention of several heads within each text (Vaswani et al. 2017): softmax(q · kᵀ) · v.
struct Attention {
  private let inC: CTransformerAttention
  /// Lent to C: kept for as long as it may be read.
  private let biases: PositionBiases?

  /// - Parameter biases: what is added to the scores; `nil` for nothing.
  init(_ shape: TransformerStack.Shape, _ biases: PositionBiases?) {
    self.biases = biases
    inC = CTransformerAttention(
      hidden: Int64(shape.hidden), heads: Int64(shape.heads), is_causal: shape.isCausal, biases: biases?.values,
      reach: Int64(biases?.reach ?? 0))
  }

  /// How many numbers it writes to on the way.
  /// - Parameter ends: of each text one past its last token.
  func scratchCount(_ ends: [Int32]) -> Int {
    let longest = zip(ends, [0] + ends).map { $0 - $1 }.max() ?? 0
    return Int(ctransformer_attention_scratch(inC, Int64(longest)))
  }

  /// - Parameters:
  ///   - projections: queries, scaled, keys and values side by side, [tokens, 3 · hidden].
  ///   - context: the result in `numbers`, [tokens, hidden].
  func callAsFunction(
    _ projections: UnsafePointer<Float>, ends: [Int32], scratch: UnsafeMutablePointer<Float>,
    _ numbers: TransformerNumbers, to context: UnsafeMutableRawPointer
  ) {
    ctransformer_attend(inC, projections, ends, Int64(ends.count), scratch, numbers.inC, context)
    withExtendedLifetime(biases) {}
  }
}
