import Foundation

/// What BERT's normalization and word splitting make of one Unicode scalar.
///
/// The order is the reference's: control characters go, white space becomes a space, CJK ideographs stand alone,
/// canonical decomposition, nonspacing marks go, lower case; punctuation stands alone. A cased vocabulary's texts keep
/// their case, marks and compositions.
/// The reference implementation (Hugging Face tokenizers) holds general categories of Unicode 8 and decompositions of
/// Unicode 12. `properties.age` keeps to those whatever Unicode the Swift runtime has.
enum BertNormalization {
  enum Kind: UInt8 { case letter, space, punctuation, boundary }

  struct Piece {
    var scalar: Unicode.Scalar
    var kind: Kind
    /// Canonical combining class; marks that stay are put in its order.
    var combiningClass: UInt8
  }

  /// Scalars below this stand in a table that is made once; those above are worked out each time.
  private static let tableEnd: UInt32 = 0x3400
  private static let table: [[Piece]] = (0..<tableEnd).map { value in
    Unicode.Scalar(value).map(pieces(of:)) ?? []
  }

  /// Calls `body` with each piece that `scalar` becomes, in their order.
  static func forEachPiece(of scalar: Unicode.Scalar, lowercases: Bool, _ body: (Piece) -> Void) {
    if !lowercases {
      for piece in casedPieces(of: scalar) { body(piece) }
    } else if scalar.value < tableEnd {
      for piece in table[Int(scalar.value)] { body(piece) }
    } else {
      for piece in pieces(of: scalar) { body(piece) }
    }
  }

  private static func pieces(of scalar: Unicode.Scalar) -> [Piece] {
    if isRemoved(scalar) { return [] }
    let space = Piece(scalar: " ", kind: .space, combiningClass: 0)
    if isSpace(scalar) { return [space] }
    if isUnifiedIdeograph(scalar) { return [space, Piece(scalar: scalar, kind: .letter, combiningClass: 0), space] }
    var pieces = decomposition(of: scalar).flatMap(lowercased)
    if isIdeograph(scalar) { pieces = [space] + pieces + [space] }
    return pieces
  }

  private static func casedPieces(of scalar: Unicode.Scalar) -> [Piece] {
    if isRemoved(scalar) { return [] }
    let space = Piece(scalar: " ", kind: .space, combiningClass: 0)
    if isSpace(scalar) { return [space] }
    let piece = Piece(scalar: scalar, kind: isPunctuation(scalar) ? .punctuation : .letter, combiningClass: 0)
    return isIdeograph(scalar) ? [space, piece, space] : [piece]
  }

  private static func lowercased(_ scalar: Unicode.Scalar) -> [Piece] {
    let order = isIn(12, scalar) ? scalar.properties.canonicalCombiningClass.rawValue : 0
    if isNonspacingMark(scalar) {
      // A removed mark of class 0 still keeps later marks from moving before it.
      return order == 0 ? [Piece(scalar: scalar, kind: .boundary, combiningClass: 0)] : []
    }
    return scalar.properties.lowercaseMapping.unicodeScalars.map {
      Piece(scalar: $0, kind: isPunctuation($0) ? .punctuation : .letter, combiningClass: order)
    }
  }

  private static func decomposition(of scalar: Unicode.Scalar) -> [Unicode.Scalar] {
    guard mayDecompose(scalar), isIn(12, scalar) else { return [scalar] }
    if let syllable = hangul(scalar) { return syllable }
    return Array(String(scalar).decomposedStringWithCanonicalMapping.unicodeScalars)
  }
}

// Decomposition, which Foundation takes a string for each time.
extension BertNormalization {
  /// Whether it stands below `tableEnd`, which is asked once, or in a range that holds all scalars above with a canonical
  /// decomposition as of Unicode 12.
  private static func mayDecompose(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case ..<tableEnd, 0xAC00...0xD7A3, 0xF900...0xFB4E, 0x1109A...0x115BB, 0x1D15E...0x1D1C0, 0x2F800...0x2FA1D: true
    default: false
    }
  }

  /// The letters of a Hangul syllable (Unicode 3.12); `nil` where it is none.
  private static func hangul(_ scalar: Unicode.Scalar) -> [Unicode.Scalar]? {
    guard 0xAC00...0xD7A3 ~= scalar.value else { return nil }
    let (vowels, finals): (UInt32, UInt32) = (21, 28)
    let index = scalar.value - 0xAC00
    let letters = [
      0x1100 + index / (vowels * finals), 0x1161 + index % (vowels * finals) / finals, 0x11A7 + index % finals,
    ]
    return letters.prefix(index % finals == 0 ? 2 : 3).compactMap(Unicode.Scalar.init)
  }
}

// Character classes.
extension BertNormalization {
  /// Whether Unicode knew the scalar in version `version`.0.
  private static func isIn(_ version: Int, _ scalar: Unicode.Scalar) -> Bool {
    guard let age = scalar.properties.age else { return false }
    return (age.major, age.minor) <= (version, 0)
  }

  private static func isRemoved(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar {
    case "\t", "\n", "\r": return false
    case "\u{fffd}": return true
    default: break
    }
    switch scalar.properties.generalCategory {
    case .control, .privateUse, .surrogate: return true
    case .format: return isIn(8, scalar)
    default: return false
    }
  }

  private static func isSpace(_ scalar: Unicode.Scalar) -> Bool { scalar.properties.isWhitespace }

  private static func isNonspacingMark(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x1734, 0x1171E: true  // Spacing marks since.
    case 0x1885, 0x1886, 0xA9BD, 0x111C9: false  // Nonspacing since.
    default: scalar.properties.generalCategory == .nonspacingMark && isIn(8, scalar)
    }
  }

  private static func isPunctuation(_ scalar: Unicode.Scalar) -> Bool {
    if scalar.isASCII { return ByteClass.table[Int(scalar.value)] == ByteClass.punctuation }
    if scalar.value == 0x166D || scalar.value == 0x111C9 { return true }  // A symbol and a mark since.
    switch scalar.properties.generalCategory {
    case .connectorPunctuation, .dashPunctuation, .openPunctuation, .closePunctuation, .initialPunctuation,
      .finalPunctuation, .otherPunctuation:
      return isIn(8, scalar)
    default: return false
    }
  }

  /// Ideographs that decompose into nothing else.
  private static func isUnifiedIdeograph(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x4E00...0x9FFF, 0x3400...0x4DBF, 0x20000...0x2A6DF, 0x2A700...0x2B73F, 0x2B740...0x2B81F,
      0x2B920...0x2CEAF:
      true
    default: false
    }
  }

  /// BERT's CJK blocks; the compatibility ideographs among them decompose.
  private static func isIdeograph(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0xF900...0xFAFF, 0x2F800...0x2FA1F: true
    default: isUnifiedIdeograph(scalar)
    }
  }
}
