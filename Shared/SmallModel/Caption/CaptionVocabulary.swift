import Safetensors

/// The words of a captioner. Token 0 is a caption's start and its end, 1 any word that is not known.
public struct CaptionVocabulary: Sendable, Equatable {
  static let end: Int32 = 0
  static let unknown: Int32 = 1
  private static let special = 2

  /// Token 2 and on; none twice.
  public let words: [String]
  private let tokens: [String: Int32]

  /// - Throws: `SmallModelError` for a word that stands there twice, or that no caption can have.
  public init(words: [String]) throws(SmallModelError) {
    for word in words where Self.words(of: word) != [word] {
      throw SmallModelError("the vocabulary's \"\(word)\" is no single word in lower case")
    }
    var tokens: [String: Int32] = [:]
    for (index, word) in words.enumerated() { tokens[word] = Int32(index + Self.special) }
    guard tokens.count == words.count else { throw SmallModelError("the vocabulary has a word twice") }
    (self.words, self.tokens) = (words, tokens)
  }

  /// The words that some captions have at least `minimumCount` times, the most frequent first.
  public init(captions: some Sequence<String>, minimumCount: Int) throws(SmallModelError) {
    var counts: [String: Int] = [:]
    for caption in captions { for word in Self.words(of: caption) { counts[word, default: 0] += 1 } }
    let kept = counts.filter { $0.value >= minimumCount }
    try self.init(words: kept.keys.sorted { (-(kept[$0] ?? 0), $0) < (-(kept[$1] ?? 0), $1) })
  }

  /// How many tokens there are.
  public var count: Int { words.count + Self.special }

  /// A caption's words in lower case: runs of letters and digits, with apostrophes and hyphens inside of them.
  public static func words(of caption: String) -> [String] {
    caption.lowercased().split { !($0.isLetter || $0.isNumber || $0 == "'" || $0 == "-") }.compactMap { part in
      let isEdge = { (character: Character) in character == "'" || character == "-" }
      guard let first = part.firstIndex(where: { !isEdge($0) }), let last = part.lastIndex(where: { !isEdge($0) })
      else { return nil }
      return String(part[first...last])
    }
  }

  /// The token of a word, or the unknown one.
  func token(_ word: String) -> Int32 { tokens[word] ?? Self.unknown }

  /// A caption's tokens without start and end.
  func tokens(of caption: String, maximum: Int) -> [Int32] { Self.words(of: caption).prefix(maximum).map(token) }

  /// What a token stands for; `nil` for one that is unknown.
  func meaning(_ token: Int32) -> CaptionDistribution.Token? {
    if token == Self.end { return .end }
    let index = Int(token) - Self.special
    return words.indices.contains(index) ? .word(words[index]) : nil
  }

  /// The words of some tokens, one space between two.
  func text(_ tokens: [Int32]) -> String {
    tokens.compactMap { if case .word(let word) = meaning($0) { word } else { nil } }.joined(separator: " ")
  }
}

/// In a captioner's file: the tensor `vocabulary`, the words' UTF-8, a line each.
extension CaptionVocabulary {
  init(storedIn file: SafetensorsFile) throws {
    guard try file.entry("vocabulary").type == .uint8 else { throw SmallModelError("tensor vocabulary holds no bytes") }
    let lines = try file.withBytes(of: "vocabulary") { bytes in
      guard let text = String(validating: bytes, as: UTF8.self) else {
        throw SmallModelError("the vocabulary is not UTF-8")
      }
      return text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    }
    try self.init(words: lines)
  }

  var stored: SafetensorsTensor {
    let bytes = Array(words.joined(separator: "\n").utf8)
    return SafetensorsTensor(bytes, shape: [bytes.count])
  }
}
