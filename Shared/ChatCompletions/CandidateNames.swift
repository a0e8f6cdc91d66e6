/// A question's candidates by all that an answer may call them: "shipping", " Shipping. ", "B", "(b)", "B. shipping".
struct CandidateNames {
  /// What a piece of an answer names.
  enum Naming: Equatable {
    case nothing
    case one(Int)
    /// Two candidates or more: not an answer.
    case several
  }

  /// The candidates' labels.
  let labels: [String]
  /// Whether the question gave each a letter.
  let hasLetters: Bool
  /// Scalars of the longest label.
  let longest: Int
  /// Labels by what they are compared by, the strictest first; one that several share names none.
  private let tables: [[String: Naming]]

  init(_ labels: [String], hasLetters: Bool) {
    (self.labels, self.hasLetters) = (labels, hasLetters)
    longest = labels.reduce(0) { max($0, $1.unicodeScalars.count) }
    tables = Self.foldings.map { fold in
      Dictionary(
        labels.enumerated().map { (fold(AnswerText($1)), .one($0)) }, uniquingKeysWith: { _, _ in .several })
    }
  }

  private static let foldings: [@Sendable (AnswerText) -> String] = [
    { $0.trimmed }, { $0.folded }, { $0.bare.folded }, { $0.bare.withoutSeparators.folded },
  ]

  /// What a piece of an answer as a whole names.
  func naming(_ text: AnswerText) -> Naming {
    if hasLetters, let letter = text.bare.letter(among: labels.count) { return .one(letter) }
    let naming = label(text)
    return naming == .nothing ? letterAndRest(text) : naming
  }

  private func label(_ text: AnswerText) -> Naming {
    guard text.scalars.count <= longest + AnswerText.margin else { return .nothing }
    for (fold, table) in zip(Self.foldings, tables) {
      if let naming = table[fold(text)] { return naming }
    }
    return .nothing
  }

  /// "B. shipping", "(B) shipping", "B - shipping", "B. It asks about a parcel": letter and label must agree, and a reason
  /// must name no other candidate.
  private func letterAndRest(_ text: AnswerText) -> Naming {
    guard let (first, isSeparated, rest) = text.letterAndRest else { return .nothing }
    let label = label(rest)
    guard hasLetters, let letter = first.letter(among: labels.count) else { return label }
    switch label {
    case .one(let index): return index == letter ? label : .several
    case .several: return .several
    case .nothing:
      // A small letter, or several lines, are hardly an answer with its reason.
      guard isSeparated, first.isUppercase, !rest.hasLines else { return .nothing }
      return namesAnother(than: letter, in: rest) ? .several : .one(letter)
    }
  }

  /// Whether a reason names a candidate besides this one, by its capital letter or its label; taken for granted of a very
  /// long one.
  func namesAnother(than index: Int, in reason: AnswerText) -> Bool {
    guard reason.scalars.count <= Self.longestReason else { return true }
    let letters = hasLetters ? reason.capitalWords.compactMap { $0.letter(among: labels.count) } : []
    let words = " \(reason.words) "
    return letters.contains { $0 != index }
      || labels.indices.contains { $0 != index && words.contains(" \(AnswerText(labels[$0]).words) ") }
  }

  private static let longestReason = 2_000
}

extension Sequence<CandidateNames.Naming> {
  /// The one candidate that is named, however often; `nil` where none is, or more than one.
  var unanimous: Int? {
    var found: Int?
    for naming in self {
      switch naming {
      case .nothing: continue
      case .several: return nil
      case .one(let index):
        guard found == nil || found == index else { return nil }
        found = index
      }
    }
    return found
  }
}
