import Foundation

/// A text's words for CLIP's byte-pair tokenizer, in order, each in UTF-8: a contraction's end, a run of letters, a single
/// digit, or a run of what is none of these and no white space.
struct BytePairWords: Sequence, IteratorProtocol {
  private enum Kind { case letter, number, space, other }

  private static let contractions = ["'s", "'t", "'re", "'ve", "'m", "'ll", "'d"].map { Array($0.unicodeScalars) }

  private var rest: ArraySlice<Unicode.Scalar>

  /// Composes the text and puts it into lower case, scalar by scalar: a word's place changes nothing, as in the reference.
  init(_ text: String) {
    rest =
      text.precomposedStringWithCanonicalMapping.unicodeScalars
      .flatMap { Array($0.properties.lowercaseMapping.unicodeScalars) }[...]
  }

  mutating func next() -> [UInt8]? {
    rest = rest.drop { Self.kind($0) == .space }
    guard let first = rest.first else { return nil }
    let kind = Self.kind(first)
    let length =
      Self.contractions.first { rest.starts(with: $0) }?.count
      ?? (kind == .number ? 1 : rest.prefix { Self.kind($0) == kind }.count)
    defer { rest = rest.dropFirst(length) }
    return rest.prefix(length).flatMap { Array(String($0).utf8) }
  }

  private static func kind(_ scalar: Unicode.Scalar) -> Kind {
    if scalar.properties.isWhitespace { return .space }
    switch scalar.properties.generalCategory {
    case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter: return .letter
    case .decimalNumber, .letterNumber, .otherNumber: return .number
    default: return .other
    }
  }
}

/// A text cut at the special tokens that stand in it.
struct SpecialTokenParts: Sequence, IteratorProtocol {
  enum Part: Equatable { case beginning, end, text(String) }

  private static let specials: [(part: Part, scalars: [Unicode.Scalar])] = [
    (.beginning, Array(BytePairTokenizer.beginningToken.unicodeScalars)),
    (.end, Array(BytePairTokenizer.endToken.unicodeScalars)),
  ]

  private var rest: Substring.UnicodeScalarView

  init(_ text: String) { rest = text[...].unicodeScalars }

  mutating func next() -> Part? {
    var text = String.UnicodeScalarView()
    while let first = rest.first {
      if first == "<", let special = Self.specials.first(where: { rest.starts(with: $0.scalars) }) {
        guard text.isEmpty else { break }
        rest = rest.dropFirst(special.scalars.count)
        return special.part
      }
      text.append(first)
      rest = rest.dropFirst()
    }
    return text.isEmpty ? nil : .text(String(text))
  }
}
