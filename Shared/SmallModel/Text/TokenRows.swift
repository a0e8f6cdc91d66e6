import CFolded

extension CFoldedModel {
  /// Computes the rows of the most frequent tokens, embedding · composition; the others' are composed whenever they are
  /// met. The sizes and `is_half` stand already.
  /// - Parameters:
  ///   - embedding: [vocabulary][dimension]
  ///   - composition: [dimension][row_length]
  ///   - tokenCounts: [vocabulary] or empty: then the first tokens count as the most frequent.
  ///   - memoryBound: bytes that rows may take, at most.
  ///   - memory: owns what the model points to.
  /// - Returns: how many tokens have their row.
  mutating func foldTokens(
    embedding: [Float], composition: [Float], tokenCounts: [Int32], memoryBound: Int,
    instructions: CFoldedInstructions, memory: inout AlignedMemory
  ) -> Int {
    let rowBytes = Int(row_length) * (is_half ? 2 : 4)
    let folded = max(0, min(Int(vocabulary), memoryBound / rowBytes))
    var temporary = AlignedMemory()
    defer { temporary.free() }
    // Where each token has its row, nothing is composed later.
    let isWhole = folded == Int(vocabulary)
    self.embedding = isWhole ? temporary.copy(embedding) : memory.copy(embedding)
    self.composition = isWhole ? temporary.copy(composition) : memory.copy(composition)

    let table = memory.allocate(folded * rowBytes)
    let row = temporary.allocate(Int(row_length) * 4).bindMemory(to: Float.self, capacity: Int(row_length))
    var numbers = [Int32](repeating: -1, count: Int(vocabulary))
    for (index, token) in mostFrequent(folded, tokenCounts).enumerated() {
      numbers[token] = Int32(index)
      cfolded_compose(&self, instructions, Int32(token), row, table + index * rowBytes)
    }
    rows = UnsafeRawPointer(table)
    row_of_token = memory.copy(numbers)
    if isWhole {
      self.embedding = nil
      self.composition = nil
    }
    return folded
  }

  private func mostFrequent(_ count: Int, _ counts: [Int32]) -> [Int] {
    guard count < vocabulary, !counts.isEmpty else { return Array(0..<count) }
    return Array((0..<Int(vocabulary)).sorted { (counts[$1], $0) < (counts[$0], $1) }.prefix(count))
  }
}
