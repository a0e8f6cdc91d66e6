import CFolded
import CLSTM

/// An LSTM without libtorch: the input's share of the gates depends on a token alone, so each token's is computed when a
/// version is loaded; steps of texts of like length run together.
///
/// It is read only; each caller brings its own scratch. The logits are `LSTM`'s to about 1e-5 (float32).
public final class FoldedLSTM: @unchecked Sendable {  // Written in `init` only.
  /// The sizes.
  public let shape: LSTMShape
  private let model: CLSTMModel
  private let tokens: CFoldedModel
  private let isWhole: Bool
  private let instructions: Instructions
  private let memory: AlignedMemory

  /// Folds a network.
  /// - Parameters:
  ///   - precision: `float16` also multiplies the recurrent weights as bfloat16 where the processor does that.
  ///   - memoryBound: bytes that the tokens' rows may take, at most.
  ///   - tokenCounts: [vocabulary], how often each token is met; the most frequent ones get rows first.
  public convenience init(
    _ network: LSTM, precision: PredictorOptions.Precision, memoryBound: Int, tokenCounts: [Int32]
  ) {
    self.init(
      network, precision: precision, memoryBound: memoryBound, tokenCounts: tokenCounts,
      instructions: .best(isExact: precision == .float32))
  }

  /// As above, with chosen instructions, which the processor must have.
  init(
    _ network: LSTM, precision: PredictorOptions.Precision, memoryBound: Int, tokenCounts: [Int32],
    instructions: Instructions
  ) {
    var memory = AlignedMemory()
    shape = network.shape
    self.instructions = instructions
    let isHalf = precision == .float16 && instructions != .portable
    model = Self.layers(network, isHalf: isHalf, instructions, &memory)
    var tokens = CFoldedModel()
    tokens.vocabulary = Int32(shape.vocabulary)
    tokens.padding = Int32(shape.padding)
    tokens.dimension = Int32(shape.dimension)
    tokens.row_length = Int32(Self.rowLength(shape))
    tokens.is_half = isHalf
    let folded = tokens.foldTokens(
      embedding: network.embedding, composition: Self.composition(network), tokenCounts: tokenCounts,
      memoryBound: memoryBound, instructions: instructions.folding, memory: &memory)
    isWhole = folded == shape.vocabulary
    self.tokens = tokens
    self.memory = memory
  }

  deinit { memory.free() }

  /// The memory that the tables take, in bytes.
  public var byteCount: Int { memory.byteCount }

  /// Both directions' gates.
  private static func rowLength(_ shape: LSTMShape) -> Int { 2 * LSTMShape.gates * shape.hidden }

  /// Of each number of a token's row the direction's row of weights that it comes from: for each 16 units, for each gate.
  private static func places(_ hidden: Int) -> [Int] {
    stride(from: 0, to: hidden, by: 16).flatMap { group in
      (0..<LSTMShape.gates).flatMap { gate in (0..<16).map { gate * hidden + group + $0 } }
    }
  }

  /// [dimension][row length]: a token's row is its embedding times this.
  private static func composition(_ network: LSTM) -> [Float] {
    let places = places(network.shape.hidden)
    let dimension = network.shape.dimension
    return (0..<dimension).flatMap { index in
      [network.forward, network.backward].flatMap { direction in
        places.map { direction.input[$0 * dimension + index] }
      }
    }
  }

  private static func layers(
    _ network: LSTM, isHalf: Bool, _ instructions: Instructions, _ memory: inout AlignedMemory
  ) -> CLSTMModel {
    let (hidden, labels) = (network.shape.hidden, network.shape.labels)
    let places = places(hidden)
    let packed = [network.forward, network.backward].map { direction in
      let packed = memory.allocate(Int(clstm_packed_bytes(instructions.code, Int32(hidden))))
      clstm_pack(instructions.code, Int32(hidden), direction.recurrent, packed)
      return (weights: UnsafeRawPointer(packed), biases: memory.copy(places.map { direction.bias[$0] }))
    }
    let stride = (labels + 15) / 16 * 16
    var head = [Float](repeating: 0, count: network.shape.features * stride)
    for label in 0..<labels {
      for feature in 0..<network.shape.features {
        head[feature * stride + label] = network.head[label * network.shape.features + feature]
      }
    }
    return CLSTMModel(
      hidden: Int32(hidden), is_half: isHalf, recurrent: (packed[0].weights, packed[1].weights),
      biases: (packed[0].biases, packed[1].biases), labels: Int32(labels), label_chunks: Int32(stride / 16),
      head: memory.copy(head),
      head_bias: memory.copy(network.headBias + [Float](repeating: 0, count: stride - labels)))
  }

  /// Writes the logits of `texts`, [texts][labels]. A token outside the vocabulary counts as padding.
  /// - Throws: where `logits` has not exactly texts × labels numbers.
  public func predict(
    _ texts: TokenizedTexts, into logits: UnsafeMutableBufferPointer<Float>, scratch: LSTMScratch
  ) throws(SmallModelError) {
    try texts.checkRoom(in: logits, labels: shape.labels)
    // The longest first, so that those of a block end together.
    let order = texts.sortedByLength(ArraySlice(0..<texts.count)).reversed().map { $0 }
    for start in stride(from: 0, to: order.count, by: Int(CLSTM_BLOCK)) {
      let block = order[start..<min(start + Int(CLSTM_BLOCK), order.count)]
      scratch.begin(block.lazy.map { texts[$0] }, padding: Int32(shape.padding))
      scratch.prepare(
        hidden: shape.hidden, rowBytes: isWhole ? 0 : Int(tokens.row_length) * 4, rowLength: Int(tokens.row_length),
        labels: shape.labels)
      run(count: block.count, scratch)
      for (place, text) in block.enumerated() {
        for label in 0..<shape.labels {
          logits[text * shape.labels + label] = scratch.logits[place * shape.labels + label]
        }
      }
    }
  }

  /// The logits of the texts that scratch holds, into scratch.
  private func run(count: Int, _ scratch: LSTMScratch) {
    withUnsafePointer(to: tokens) { tokens in
      withUnsafePointer(to: scratch.rows) { rows in
        cfolded_gather(tokens, instructions.folding, scratch.tokens, Int64(scratch.tokens.count), rows)
      }
    }
    withUnsafePointer(to: model) { model in
      scratch.logits.withUnsafeMutableBufferPointer { logits in
        clstm_logits(
          model, instructions.code, scratch.rows.row_pointers, scratch.ends, Int64(count), scratch.memory,
          logits.baseAddress)
      }
    }
  }

  /// The logits of `texts`, [texts][labels].
  public func logits(_ texts: TokenizedTexts) throws(SmallModelError) -> [Float] {
    let scratch = LSTMScratch()
    var result = [Float](repeating: 0, count: texts.count * shape.labels)
    let outcome = result.withUnsafeMutableBufferPointer { buffer in
      Result { () throws(SmallModelError) in try predict(texts, into: buffer, scratch: scratch) }
    }
    try outcome.get()
    return result
  }
}

extension FoldedLSTM {
  /// Which of the processor's instructions run.
  enum Instructions: UInt32, CaseIterable {
    case portable = 0
    case avx2 = 1
    case avx512 = 2
    /// AVX-512 that multiplies bfloat16.
    case avx512BF16 = 3

    /// The best that this processor has; of those that keep float32 where `isExact`.
    static func best(isExact: Bool) -> Instructions {
      Instructions(rawValue: clstm_best_instructions(isExact).rawValue) ?? .portable
    }

    var code: CLSTMInstructions { CLSTMInstructions(rawValue: rawValue) }

    /// What tokens' rows are computed with.
    var folding: CFoldedInstructions { CFoldedInstructions(rawValue: min(rawValue, Self.avx512.rawValue)) }
  }
}
