import CFolded

/// A TextCNN without libtorch: the embedding is folded into the filters when a version is loaded, so that inference is
/// gather, add, maximum, then the linear head.
///
/// It is read only; each caller brings its own `Scratch`. The logits are `TextCNN`'s to about 1e-5 (float32).
public struct FoldedTextCNN: Sendable {
  /// How the tables keep their numbers.
  public typealias Precision = PredictorOptions.Precision

  /// The sizes.
  public let shape: TextCNNShape
  private let tables: FoldedTables
  private let instructions: Instructions

  /// Folds a network.
  /// - Parameters:
  ///   - memoryBound: bytes that the tokens' rows may take, at most.
  ///   - tokenCounts: [vocabulary], how often each token is met; the most frequent ones get rows first, of equals (and
  ///     without counts) the ones that come first in the vocabulary.
  /// - Throws: where `tokenCounts` is neither empty nor as long as the vocabulary.
  public init(
    _ network: TextCNN, precision: Precision = .float32, memoryBound: Int = 128 << 20, tokenCounts: [Int32] = []
  ) throws(SmallModelError) {
    try self.init(
      network, precision: precision, memoryBound: memoryBound, tokenCounts: tokenCounts, instructions: .best)
  }

  /// As above, with chosen instructions, which the processor must have.
  init(
    _ network: TextCNN, precision: Precision, memoryBound: Int, tokenCounts: [Int32], instructions: Instructions
  ) throws(SmallModelError) {
    guard tokenCounts.isEmpty || tokenCounts.count == network.shape.vocabulary else {
      throw SmallModelError(
        "folding: \(tokenCounts.count) token counts, the vocabulary has \(network.shape.vocabulary)")
    }
    shape = network.shape
    self.instructions = instructions
    tables = FoldedTables(
      network, isHalf: precision == .float16 && instructions != .portable, memoryBound: memoryBound,
      tokenCounts: tokenCounts, instructions: instructions.code)
  }

  /// How many tokens have their row in the table; rows of the others are composed whenever they are met.
  public var foldedTokens: Int { tables.foldedTokens }

  /// The memory that the tables take, in bytes.
  public var byteCount: Int { tables.byteCount }

  /// Whether a token of the vocabulary has its row in the table.
  func isFolded(_ token: Int) -> Bool { tables.model.row_of_token[token] >= 0 }

  /// Writes the logits of `texts`, [texts][labels]. It allocates only where `scratch` must grow. A token outside the
  /// vocabulary counts as padding.
  /// - Throws: where `logits` has not exactly texts × labels numbers.
  public func predict(
    _ texts: TokenizedTexts, into logits: UnsafeMutableBufferPointer<Float>, scratch: inout Scratch
  ) throws(SmallModelError) {
    try texts.checkRoom(in: logits, labels: shape.labels)
    guard texts.count > 0 else { return }
    scratch.prepare(for: self, longest: texts.longest)
    texts.tokens.withUnsafeBufferPointer { tokens in
      texts.ends.withUnsafeBufferPointer { ends in
        ends.withMemoryRebound(to: Int64.self) { ends in
          withUnsafePointer(to: tables.model) { model in
            withUnsafePointer(to: scratch.pointers) { scratch in
              cfolded_logits(
                model, instructions.code, tokens.baseAddress, 0, ends.baseAddress, Int64(ends.count), scratch,
                logits.baseAddress)
            }
          }
        }
      }
    }
  }

  /// The logits of `texts`, [texts][labels].
  public func logits(_ texts: TokenizedTexts) throws(SmallModelError) -> [Float] {
    var scratch = Scratch()
    var result = [Float](repeating: 0, count: texts.count * shape.labels)
    let outcome = result.withUnsafeMutableBufferPointer { buffer in
      Result { () throws(SmallModelError) in try predict(texts, into: buffer, scratch: &scratch) }
    }
    try outcome.get()
    return result
  }
}

extension FoldedTextCNN {
  /// Which of the processor's instructions run.
  enum Instructions: UInt32, CaseIterable {
    case portable = 0
    case avx2 = 1
    case avx512 = 2

    /// The best that this processor has.
    static var best: Instructions { Instructions(rawValue: cfolded_best_instructions().rawValue) ?? .portable }

    var code: CFoldedInstructions { CFoldedInstructions(rawValue: rawValue) }
  }

  /// Memory that a prediction writes to; it grows to what the largest call needed. One caller at a time.
  public struct Scratch: ~Copyable {
    fileprivate private(set) var pointers = CFoldedScratch()
    private var memory = AlignedMemory()
    private var longest = 0
    private var rowLength = 0
    private var stride = 0
    private var hasComposed = false

    /// Without memory yet.
    public init() {}

    deinit { memory.free() }

    fileprivate mutating func prepare(for folded: FoldedTextCNN, longest needed: Int) {
      let stride = withUnsafePointer(to: folded.tables.model) { Int(cfolded_stride($0)) }
      let length = Int(folded.tables.model.row_length)
      let needsComposed = folded.foldedTokens < folded.shape.vocabulary
      guard needed > longest || length > rowLength || stride > self.stride || (needsComposed && !hasComposed) else {
        return
      }
      longest = max(longest, needed)
      rowLength = max(rowLength, length)
      self.stride = max(self.stride, stride)
      hasComposed = hasComposed || needsComposed
      allocate()
    }

    private mutating func allocate() {
      memory.free()
      memory = AlignedMemory()
      pointers.row_pointers = memory.allocate(longest * MemoryLayout<UnsafeRawPointer>.stride)
        .bindMemory(to: UnsafeRawPointer?.self, capacity: longest)
      pointers.row = memory.allocate(rowLength * 4).bindMemory(to: Float.self, capacity: rowLength)
      let features = Int(CFOLDED_BLOCK) * stride
      pointers.features = memory.allocate(features * 4).bindMemory(to: Float.self, capacity: features)
      pointers.composed_rows = hasComposed ? memory.allocate(longest * rowLength * 4) : nil
    }
  }
}

extension TokenizedTexts {
  /// The tokens of the longest text; 0 without texts.
  var longest: Int {
    var start = 0
    var result = 0
    for end in ends {
      result = max(result, end - start)
      start = end
    }
    return result
  }

  /// How often each token of a vocabulary occurs; others are not counted.
  public func tokenCounts(vocabulary: Int) -> [Int32] {
    var counts = [Int32](repeating: 0, count: vocabulary)
    for token in tokens where token >= 0 && token < vocabulary && counts[Int(token)] < .max { counts[Int(token)] += 1 }
    return counts
  }
}
