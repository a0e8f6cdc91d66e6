import CFolded

/// The numbers of a folded network, where C reads them.
final class FoldedTables: @unchecked Sendable {  // Written in `init` only.
  let model: CFoldedModel
  let foldedTokens: Int
  private let memory: AlignedMemory

  init(
    _ network: TextCNN, isHalf: Bool, memoryBound: Int, tokenCounts: [Int32], instructions: CFoldedInstructions
  ) {
    let layout = FoldedLayout(network.shape)
    let rowBytes = layout.rowLength * (isHalf ? 2 : 4)
    let folded = max(0, min(network.shape.vocabulary, memoryBound / rowBytes))
    var memory = AlignedMemory()
    var temporary = AlignedMemory()
    defer { temporary.free() }
    var model = Self.layers(network, layout, &memory)
    model.is_half = isHalf
    // Where each token has its row, nothing is composed later.
    let isWhole = folded == network.shape.vocabulary
    model.embedding = isWhole ? temporary.copy(network.embedding) : memory.copy(network.embedding)
    let composition = layout.composition(network)
    model.composition = isWhole ? temporary.copy(composition) : memory.copy(composition)

    let tokens = Self.mostFrequent(folded, of: network.shape.vocabulary, tokenCounts)
    let table = memory.allocate(folded * rowBytes)
    let row = temporary.allocate(layout.rowLength * 4).bindMemory(to: Float.self, capacity: layout.rowLength)
    var rows = [Int32](repeating: -1, count: network.shape.vocabulary)
    for (index, token) in tokens.enumerated() {
      rows[token] = Int32(index)
      cfolded_compose(&model, instructions, Int32(token), row, table + index * rowBytes)
    }
    model.rows = UnsafeRawPointer(table)
    model.row_of_token = memory.copy(rows)
    if isWhole {
      model.embedding = nil
      model.composition = nil
    }
    self.model = model
    self.memory = memory
    foldedTokens = folded
  }

  deinit { memory.free() }

  var byteCount: Int { memory.byteCount }

  /// All but the tokens' rows.
  private static func layers(
    _ network: TextCNN, _ layout: FoldedLayout, _ memory: inout AlignedMemory
  ) -> CFoldedModel {
    let shape = network.shape
    var model = CFoldedModel()
    model.vocabulary = Int32(shape.vocabulary)
    model.padding = Int32(shape.padding)
    model.dimension = Int32(shape.dimension)
    model.bank_count = Int32(shape.filters.count)
    model.banks = memory.copy(layout.banks)
    model.row_length = Int32(layout.rowLength)
    model.sum_chunks = Int32(layout.sumChunks)
    model.sum_is_logits = layout.sumIsLogits
    model.filter_biases = memory.copy(layout.filterBiases(network))
    model.labels = Int32(shape.labels)
    model.label_chunks = Int32(layout.labelChunks)
    model.head = memory.copy(layout.head(network))
    model.head_bias = memory.copy(network.headBias + [Float](repeating: 0, count: layout.labelPadding))
    return model
  }

  private static func mostFrequent(_ count: Int, of vocabulary: Int, _ counts: [Int32]) -> [Int] {
    guard count < vocabulary, !counts.isEmpty else { return Array(0..<count) }
    return Array((0..<vocabulary).sorted { (counts[$1], $0) < (counts[$0], $1) }.prefix(count))
  }
}
