/// A piece of what a model wrote, scalar by scalar: a character as readers see it may have any number of them, so that
/// work on those would not be linear.
struct AnswerText: Equatable {
  /// With full-width forms and typographic quotes as ASCII has them.
  let scalars: ArraySlice<Unicode.Scalar>

  /// So much longer than a label may be what names it, by signs around it.
  static let margin = 64

  init(_ scalars: ArraySlice<Unicode.Scalar>) { self.scalars = scalars }

  init(_ text: some StringProtocol) { scalars = text.unicodeScalars.map(Self.plain)[...] }

  private static func plain(_ scalar: Unicode.Scalar) -> Unicode.Scalar {
    switch scalar.value {
    case 0xFF01...0xFF5E: Unicode.Scalar(scalar.value - 0xFEE0) ?? scalar
    case 0x3000, 0xA0: " "
    case 0x2018, 0x2019: "'"
    case 0x201C, 0x201D: "\""
    case 0x2013, 0x2014: "-"
    case 0x3002: "."
    default: scalar
    }
  }

  // "▁" and "Ġ" are how SentencePiece and byte-level BPE write a leading space, where a server shows raw tokens.
  private static let signs: Set<Unicode.Scalar> = Set("\"'`*_~#$\\|.,;:!?()[]{}<>-=•«»„‹›【】「」『』▁Ġ".unicodeScalars)

  private static func isSurrounding(_ scalar: Unicode.Scalar) -> Bool { isSpace(scalar) || signs.contains(scalar) }

  static func isSpace(_ scalar: Unicode.Scalar) -> Bool {
    scalar.properties.isWhitespace || scalar.value == 0xFEFF || scalar.value == 0x200B
  }

  /// The candidate whose letter it is, of so many.
  func letter(among count: Int) -> Int? {
    guard scalars.count == 1, let scalar = scalars.first, scalar.isASCII else { return nil }
    let letter = String(scalar).uppercased()
    return Prompt.letters.prefix(count).firstIndex(of: letter)
  }

  var isBlank: Bool { scalars.allSatisfy(Self.isSpace) }
  var hasLines: Bool { scalars.contains("\n") }
  var isUppercase: Bool { scalars.allSatisfy(\.properties.isUppercase) }

  /// Without the signs and spaces around it.
  var bare: AnswerText {
    let start = scalars.firstIndex { !Self.isSurrounding($0) } ?? scalars.endIndex
    let end = scalars.lastIndex { !Self.isSurrounding($0) }.map { $0 + 1 } ?? start
    return AnswerText(scalars[start..<end])
  }

  /// Without the signs and spaces before it.
  var withoutLead: AnswerText { AnswerText(scalars.drop(while: Self.isSurrounding)) }

  /// With spaces for the signs that join words.
  var withoutSeparators: AnswerText {
    AnswerText(scalars.map { "_-/".unicodeScalars.contains($0) ? " " : $0 }[...])
  }

  /// Without the spaces around it.
  var trimmed: String {
    let start = scalars.firstIndex { !Self.isSpace($0) } ?? scalars.endIndex
    let end = scalars.lastIndex { !Self.isSpace($0) }.map { $0 + 1 } ?? start
    return String(String.UnicodeScalarView(scalars[start..<end]))
  }

  /// In lower case, each run of spaces one, none around.
  var folded: String {
    scalars.split(whereSeparator: Self.isSpace).map { String(String.UnicodeScalarView($0)).lowercased() }
      .joined(separator: " ")
  }

  /// Letters and digits alone, in lower case, a space between words.
  var words: String {
    scalars.split { !Self.isOfWord($0) }.map { String(String.UnicodeScalarView($0)).lowercased() }
      .joined(separator: " ")
  }

  /// Words of one capital letter.
  var capitalWords: [AnswerText] {
    scalars.split { !Self.isOfWord($0) }.filter { $0.count == 1 }.map(AnswerText.init).filter(\.isUppercase)
  }

  static func isOfWord(_ scalar: Unicode.Scalar) -> Bool {
    scalar.properties.isAlphabetic || scalar.properties.numericType != nil
  }

  /// Its lines that have something in them.
  var lines: [AnswerText] { scalars.split { $0 == "\n" || $0 == "\r" }.map(AnswerText.init).filter { !$0.isBlank } }

  /// "B" and "shipping" of "**B**. shipping": a letter or digit by itself, whether a sign that ends a mark stands between, and what
  /// comes behind. `nil` where no letter stands first.
  var letterAndRest: (letter: AnswerText, isSeparated: Bool, rest: AnswerText)? {
    let start = withoutLead.scalars
    guard let first = start.first, Self.isOfWord(first) else { return nil }
    let between = start.dropFirst().prefix(while: Self.isSurrounding)
    let rest = AnswerText(start.dropFirst(1 + between.count))
    guard !between.isEmpty, !rest.scalars.isEmpty else { return nil }
    // "A.M." and "e-mail" begin with no letter of a candidate.
    guard between.contains(where: Self.isSpace) || ".):]".unicodeScalars.contains(between[between.startIndex]) else {
      return nil
    }
    let isSeparated = between.contains(where: ".):]".unicodeScalars.contains) && between.last.map(Self.isSpace) == true
    return (AnswerText(start.prefix(1)), isSeparated, rest)
  }
}
