extension ShuntScoring.Answers {
  /// The rows with the large model's answers, as the distiller judges candidates on them. Rows to which the large model
  /// gave no answer cannot be judged and are left out.
  /// - Parameters:
  ///   - labels: in the order of the classes.
  ///   - regions: head, medium or tail by label; empty where the task has none.
  public func heldOutRows(labels: [String], regions: [String: String] = [:]) -> [HeldOutRow] {
    inputs.rows.indices.compactMap { index in
      let row = inputs.rows[index]
      guard let label = row.label, let large = conclusions[index] else { return nil }
      return HeldOutRow(
        id: row.id, input: row.input, label: label, category: row.category, region: regions[label],
        largeLabel: labels[large.label], largeConfidence: large.confidence.map { min($0, 1) })
    }
  }
}
