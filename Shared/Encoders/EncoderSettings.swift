/// How an encoder computes; none of it changes what a text's vector is, but `maximumTokens`.
public struct EncoderSettings: Sendable, Hashable {
  /// Threads that take batches side by side, from 1.
  public var threads: Int
  /// Tokens a text, `[CLS]` and `[SEP]` counted; longer texts are cut.
  public var maximumTokens: Int
  /// Tokens a batch.
  public var tokenBudget: Int

  /// The defaults suit a core; the cut is the model's own.
  public init(threads: Int = 1, maximumTokens: Int = 256, tokenBudget: Int = 1024) {
    self.threads = threads
    self.maximumTokens = maximumTokens
    self.tokenBudget = tokenBudget
  }
}

/// Texts as numbers.
public struct EncodedTexts: Sendable {
  /// A row a text, in the texts' order.
  public var features: FeatureMatrix
  /// Tokens of each text, `[CLS]` and `[SEP]` counted.
  public var tokenCounts: [Int]
  /// Whether a text was longer than the settings allow.
  public var isTruncated: [Bool]
}

extension EncoderSettings {
  func check(positions: Int) throws {
    guard threads >= 1 else { throw EncoderError("threads: \(threads); at least 1 is needed") }
    guard (3...positions).contains(maximumTokens) else {
      throw EncoderError("maximumTokens: \(maximumTokens); the model reads 3 to \(positions)")
    }
    guard tokenBudget >= 1 else {
      throw EncoderError("tokenBudget: \(tokenBudget); at least 1 is needed")
    }
  }
}
