import Encoders
import Settings

/// What a task's section of a small model says of a TextCNN and its training.
extension TextCNNRecipe {
  /// The recipe where a task says nothing else.
  public init() {
    self.init(
      dimension: 128, filters: [1, 2, 3].map { FilterBank(width: $0, count: 100) }, encoder: ModelFetch.modelName,
      embeddingScale: 3, training: TrainingSettings())
  }

  /// Reads the section.
  public init(_ reader: SettingsReader) {
    self.init()
    reader.readTokens(&dimension, &encoder, &embeddingScale)
    readFilters(reader)
    training.readText(reader)
  }

  /// `"filters": {"1": 100, "2": 100, "3": 100}`: how many filters of each width.
  private mutating func readFilters(_ reader: SettingsReader) {
    let (widths, counts) = (TextCNNShape.Ranges.width, TextCNNShape.Ranges.count)
    let shown = filters.map { "\"\($0.width)\": \($0.count)" }.joined(separator: ", ")
    let allowed =
      "widths from \(widths.lowerBound) to \(widths.upperBound) with counts from \(counts.lowerBound) to "
      + "\(counts.upperBound)"
    let given = reader.map(
      "filters", defaultText: "{\(shown)}", isSecret: { _ in false },
      help: "How many filters of each width: \(allowed).")
    guard !given.isEmpty else { return }
    let banks = given.compactMap { width, count in
      Int(width).flatMap { width in Int(count).map { FilterBank(width: width, count: $0) } }
    }
    if banks.count < given.count || !banks.allSatisfy({ widths ~= $0.width && counts ~= $0.count }) {
      let text = given.sorted { $0.key < $1.key }.map { "\"\($0.key)\": \($0.value)" }.joined(separator: ", ")
      reader.refuse("filters", because: "{\(text)} must have \(allowed), such as {\"2\": 100}")
    }
    filters = banks.sorted { $0.width < $1.width }
  }
}
