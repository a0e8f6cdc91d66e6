/// What a sentence says the answer is: "The answer is B.", "Label: shipping", "Option (B)".
enum AnswerClaim {
  private static let cues: Set = [
    "answer", "label", "category", "class", "classification", "option", "choice", "candidate", "letter",
  ]
  private static let links: Set = ["is", "be", "should", "would"]
  private static let fillers: Set = [
    "is", "be", "should", "would", "the", "letter", "option", "candidate", "label", "category", "class", "choice",
  ]
  private static let denials: Set = [
    "not", "no", "isn", "neither", "nor", "wrong", "incorrect", "worst", "unlikely", "except", "than", "never",
  ]
  private static let reasons: Set = ["because", "since", "as"]

  /// What each claim names, in their order.
  /// - Parameter lines: with something in them.
  static func all(in lines: [AnswerText], _ names: CandidateNames) -> [CandidateNames.Naming] {
    var claims: [CandidateNames.Naming] = []
    for (number, line) in lines.enumerated() {
      var before: [String] = []
      var rest = line.scalars
      while let (word, behind) = nextWord(rest) {
        if cues.contains(word), isClaim(behind, isFirst: before.isEmpty) {
          let isAlone = AnswerText(behind).withoutLead.scalars.isEmpty
          let claimed = isAlone && number + 1 < lines.count ? lines[number + 1].scalars : behind
          let naming = naming(claimed, names)
          let isDenied = before.suffix(4).contains(where: denials.contains)
          if naming != .nothing { claims.append(isDenied ? .several : naming) }
        }
        before.append(word)
        rest = behind
      }
    }
    return claims
  }

  /// Whether a cue's rest says something of it: it stands first, or a colon or "is" follows.
  private static func isClaim(_ rest: ArraySlice<Unicode.Scalar>, isFirst: Bool) -> Bool {
    let signs = rest.prefix { !AnswerText.isOfWord($0) }
    if isFirst || signs.contains(where: ":=>".unicodeScalars.contains) { return true }
    return nextWord(rest).map { links.contains($0.word) } ?? false
  }

  private static func naming(_ claimed: ArraySlice<Unicode.Scalar>, _ names: CandidateNames) -> CandidateNames.Naming {
    var rest = AnswerText(claimed.prefix(names.longest + 2 * AnswerText.margin)).withoutLead.scalars
    let isWhole = claimed.endIndex == rest.endIndex
    for _ in 0..<fillers.count {
      let naming = isWhole ? names.naming(AnswerText(rest)) : .nothing
      guard naming == .nothing else { return naming }
      guard let (word, behind) = nextWord(rest), fillers.contains(word) else { break }
      rest = AnswerText(behind).withoutLead.scalars
    }
    let clause = clause(rest)
    let naming = names.naming(AnswerText(clause))
    guard case .one(let candidate) = naming else { return naming }
    let behind = claimed[clause.endIndex...]
    let isDenial = nextWord(behind).map { denials.contains($0.word) } ?? false
    return isDenial || !names.namesAnother(than: candidate, in: AnswerText(behind)) ? naming : .several
  }

  /// Up to where the sentence goes on to something else.
  private static func clause(_ text: ArraySlice<Unicode.Scalar>) -> ArraySlice<Unicode.Scalar> {
    var index = text.startIndex
    while index < text.endIndex {
      let behind = text.index(after: index)
      let isEnd = behind == text.endIndex || AnswerText.isSpace(text[behind])
      if ";<(".unicodeScalars.contains(text[index]) || (isEnd && ".,".unicodeScalars.contains(text[index])) { break }
      if AnswerText.isSpace(text[index]), let (word, _) = nextWord(text[behind...]), reasons.contains(word) { break }
      index = behind
    }
    return text[..<index]
  }

  /// The next word in lower case, and what comes behind it; a longer one than any that is looked for is cut.
  private static func nextWord(
    _ text: ArraySlice<Unicode.Scalar>
  ) -> (word: String, rest: ArraySlice<Unicode.Scalar>)? {
    let start = text.drop { !AnswerText.isOfWord($0) }
    guard !start.isEmpty else { return nil }
    let word = start.prefix { AnswerText.isOfWord($0) }
    let shown = String(String.UnicodeScalarView(word.prefix(20))).lowercased()
    return (shown, text[word.endIndex...])
  }
}
