/// Goes through what stands between two spaces, in lower case, and gives its words.
struct CaptionScanner {
  private let scalars: [Unicode.Scalar]
  private var place = 0

  init(_ scalars: [Unicode.Scalar]) { self.scalars = scalars }

  /// What comes next; empty for punctuation, which takes no part; `nil` at the end.
  mutating func next() -> [String]? {
    guard let scalar = scalar(at: place) else { return nil }
    if scalar.isOfWord || isDecimalPoint || isSign { return word() }
    return Self.apostrophes.contains(scalar) ? clitic() : symbol(scalar)
  }

  private static let apostrophes: Set<Unicode.Scalar> = ["'", "’"]
  private static let punctuation = Set("\"`‘“”´«».,;:-–—…".unicodeScalars)
  private static let brackets: [Unicode.Scalar: String] = [
    "(": "-lrb-", ")": "-rrb-", "[": "-lsb-", "]": "-rsb-", "{": "-lcb-", "}": "-rcb-",
  ]

  // MARK: Words

  /// From a word's first letter or digit to its end, with the dot of an abbreviation.
  private mutating func word() -> [String] {
    let start = place
    place += 1
    while let scalar = scalar(at: place) {
      guard scalar.isOfWord || joins(scalar) else { break }
      if let ending = negation(from: start) { return ending }
      place += 1
    }
    if let ending = negation(from: start) { return ending }
    let word = text(start..<place)
    if scalar(at: place) == ".", CaptionWords.keepsDot(word) {
      place += 1
      return [word + "."]
    }
    return CaptionWords.assimilations[word] ?? [word]
  }

  /// `don't` is `do` and `n't`, which this gives when it has come to the apostrophe.
  private mutating func negation(from start: Int) -> [String]? {
    guard scalar(at: place) == "'" || scalar(at: place) == "’", scalar(at: place - 1) == "n",
      scalar(at: place + 1) == "t", !(scalar(at: place + 2)?.isOfWord ?? false)
    else { return nil }
    let stem = text(start..<place - 1)
    place += 2
    return stem.isEmpty ? ["n't"] : [stem, "n't"]
  }

  /// Whether what stands here, between two letters or digits, belongs to one word with them.
  private func joins(_ scalar: Unicode.Scalar) -> Bool {
    guard let before = self.scalar(at: place - 1), let after = self.scalar(at: place + 1),
      before.isOfWord, after.isOfWord
    else { return false }
    switch scalar {
    case "-", "_", "/": return true
    case ".": return before.isDigit == after.isDigit
    case ",", ":": return before.isDigit && after.isDigit
    case "'", "’": return !before.isDigit && !after.isDigit && cliticEnd == nil
    default: return false
    }
  }

  /// `.5` where no word stands before it.
  private var isDecimalPoint: Bool {
    scalars[place] == "." && scalar(at: place + 1)?.isDigit == true && scalar(at: place - 1)?.isOfWord != true
      && scalar(at: place - 1) != "."
  }

  /// `-5` and `+5` where no word stands before them.
  private var isSign: Bool {
    (scalars[place] == "-" || scalars[place] == "+") && scalar(at: place + 1)?.isDigit == true && place == 0
  }

  // MARK: Apostrophes

  /// `'s`, `'em` and such; any other apostrophe is a quote.
  private mutating func clitic() -> [String] {
    guard let end = cliticEnd else {
      place += 1
      return []
    }
    let clitic = "'" + text(place + 1..<end)
    place = end
    return CaptionWords.assimilations[clitic] ?? [clitic]
  }

  /// Where what begins with the apostrophe here ends; `nil` where it is no clitic.
  private var cliticEnd: Int? {
    var end = place + 1
    while scalar(at: end)?.isOfWord == true { end += 1 }
    guard end > place + 1 else { return nil }
    let isAtStart = place == 0
    let letters = text(place + 1..<end)
    if letters == "n", scalar(at: end).map(Self.apostrophes.contains) == true { return end + 1 }
    if CaptionWords.clitics.contains(letters) { return end }
    return isAtStart && (CaptionWords.shortened.contains(letters) || scalars[place + 1].isDigit) ? end : nil
  }

  // MARK: Symbols

  private mutating func symbol(_ scalar: Unicode.Scalar) -> [String] {
    let start = place
    place += 1
    if scalar == "!" || scalar == "?" {
      while self.scalar(at: place) == "!" || self.scalar(at: place) == "?" { place += 1 }
      // Only one of them alone is taken out there.
      return place == start + 1 ? [] : [text(start..<place)]
    }
    if Self.punctuation.contains(scalar) || scalar.isUnread { return [] }
    return [Self.brackets[scalar] ?? String(Character(scalar))]
  }

  private func scalar(at index: Int) -> Unicode.Scalar? { scalars.indices.contains(index) ? scalars[index] : nil }

  private func text(_ range: Range<Int>) -> String {
    var text = String.UnicodeScalarView()
    text.append(contentsOf: scalars[range])
    return String(text)
  }
}

extension Unicode.Scalar {
  /// A letter, a digit, or what is written over them.
  fileprivate var isOfWord: Bool {
    if isASCII { return isDigit || ("a"..."z").contains(self) }
    if properties.isAlphabetic { return true }
    if properties.isVariationSelector { return false }
    switch properties.generalCategory {
    case .decimalNumber, .nonspacingMark, .spacingMark: return true
    default: return false
    }
  }

  fileprivate var isDigit: Bool { ("0"..."9").contains(self) }

  /// Small pictures, and what is not seen.
  fileprivate var isUnread: Bool {
    switch properties.generalCategory {
    case .control, .format, .unassigned, .privateUse, .surrogate: true
    default: properties.isVariationSelector || properties.isEmojiPresentation || properties.isEmojiModifier
    }
  }
}
