import Datasets

/// What of labelled rows would spoil a model or its figures: each told once, with its count and what to do.
public enum DataWarnings {
  /// Fewer training rows teach little.
  static let leastRows = 200
  /// Fewer rows of a label teach nothing of it.
  static let leastRowsOfLabel = 5
  /// Fewer held-out rows measure little: at 100 the accuracy is known to some ten points.
  static let leastHeldOut = 100
  /// A token of plain text is at least so many bytes long in the mean.
  static let bytesOfToken = 8

  /// What would spoil training.
  /// - Parameter maximumTokens: how much of a text the model reads.
  public static func training(_ rows: [DataRow], heldOut: [DataRow], maximumTokens: Int) -> [String] {
    let counts = Dictionary(grouping: rows, by: { $0.label ?? "" }).mapValues(\.count)
    return [
      few(rows), oneLabel(counts), rareLabels(counts, noun(rows)), untrained(heldOut, counts), contradictions(rows),
      leaks(rows, heldOut), long(rows, maximumTokens),
    ].compactMap(\.self)
  }

  /// What would spoil figures.
  public static func heldOut(_ rows: [DataRow]) -> [String] {
    guard rows.count < leastHeldOut else { return [] }
    return [
      "\(rows.count) held-out rows measure little: a threshold chosen on fewer than \(leastHeldOut) is a guess; hold out more"
    ]
  }

  /// What the rows are, for people.
  private static func noun(_ rows: [DataRow]) -> String {
    rows.contains { $0.input.text == nil } ? "pictures" : "texts"
  }

  private static func few(_ rows: [DataRow]) -> String? {
    guard rows.count < leastRows else { return nil }
    return "\(rows.count) \(noun(rows)) are few to train on; some 20 a label, and \(leastRows) in all, are a beginning"
  }

  private static func oneLabel(_ counts: [String: Int]) -> String? {
    guard counts.count == 1, let label = counts.keys.first else { return nil }
    return "all rows have one label, \"\(label)\": the model will say nothing else; is --label-field right?"
  }

  private static func rareLabels(_ counts: [String: Int], _ noun: String) -> String? {
    let rare = counts.filter { $0.value < leastRowsOfLabel }.keys.sorted()
    guard !rare.isEmpty else { return nil }
    return "\(rare.count) of \(counts.count) labels have fewer than \(leastRowsOfLabel) \(noun) (\(examples(rare))):"
      + " collect more, or merge labels"
  }

  private static func untrained(_ heldOut: [DataRow], _ counts: [String: Int]) -> String? {
    let rows = heldOut.filter { row in row.label.map { counts[$0] == nil } ?? false }
    guard !rows.isEmpty else { return nil }
    let labels = Set(rows.compactMap(\.label)).sorted()
    return "\(rows.count) held-out rows have a label that is never trained (\(examples(labels))):"
      + " the model is always wrong on them; mend the labels, or add training rows of them"
  }

  private static func contradictions(_ rows: [DataRow]) -> String? {
    let several = Dictionary(grouping: rows, by: \.input).values.filter { Set($0.map(\.label)).count > 1 }
    guard !several.isEmpty else { return nil }
    let names = several.compactMap(\.first?.name).sorted()
    return "\(several.count) \(noun(rows)) stand in the training data with several labels (\(examples(names))):"
      + " decide for one"
  }

  private static func leaks(_ rows: [DataRow], _ heldOut: [DataRow]) -> String? {
    let trained = Set(rows.map(\.input))
    let leaked = heldOut.filter { trained.contains($0.input) }
    guard !leaked.isEmpty else { return nil }
    return "\(leaked.count) of \(heldOut.count) held-out rows stand in the training data, too"
      + " (\(examples(leaked.map(\.name)))): what is measured on them flatters; take them out of one"
  }

  private static func long(_ rows: [DataRow], _ maximumTokens: Int) -> String? {
    let long = rows.count { ($0.input.text?.utf8.count ?? 0) > maximumTokens * bytesOfToken }
    guard long > 0 else { return nil }
    return "\(long) texts are far longer than the \(maximumTokens) tokens that the model reads of a text"
      + " (small_model.maximum_tokens in task.json)"
  }

  /// The first few, each cut.
  private static func examples(_ texts: [String]) -> String {
    let shown = texts.prefix(3).map { text in
      text.unicodeScalars.count > 30
        ? "\"\(String(String.UnicodeScalarView(text.unicodeScalars.prefix(30))))…\"" : "\"\(text)\""
    }
    return shown.joined(separator: ", ") + (texts.count > shown.count ? ", …" : "")
  }
}

extension DataRow {
  /// What people know the row by: its text, or the id of a picture.
  fileprivate var name: String { input.text ?? id }
}
