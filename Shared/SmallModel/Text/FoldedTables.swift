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
    var memory = AlignedMemory()
    var model = Self.layers(network, layout, &memory)
    model.is_half = isHalf
    foldedTokens = model.foldTokens(
      embedding: network.embedding, composition: layout.composition(network), tokenCounts: tokenCounts,
      memoryBound: memoryBound, instructions: instructions, memory: &memory)
    self.model = model
    self.memory = memory
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
}
