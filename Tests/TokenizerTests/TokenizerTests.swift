import Foundation
import Testing

@testable import Tokenizer

/// Texts and ids from Hugging Face's tokenizers 0.23, with a vocabulary of the tokens that they need.
private struct Golden: Decodable {
  struct Case: Decodable {
    var text: String
    var ids: [Int32]
  }
  var vocabulary: [String]
  var texts: [Case]

  static func load(_ name: String = "wordpiece") throws -> Golden {
    let url = Bundle.module.bundleURL.appending(path: "Golden/\(name).json")
    return try JSONDecoder().decode(Golden.self, from: Data(contentsOf: url))
  }
}

@Suite struct TokenizerTests {
  @Test func awkwardTextsGetHuggingFacesIds() throws {
    let golden = try Golden.load()
    let tokenizer = try WordPieceTokenizer(vocabulary: golden.vocabulary)
    #expect(golden.texts.count > 300)
    for entry in golden.texts {
      #expect(tokenizer.encode(entry.text) == entry.ids, "\(entry.text.unicodeScalars.map { $0.value })")
    }
  }

  @Test func aCasedVocabularyKeepsCaseAndAccents() throws {
    let golden = try Golden.load("cased")
    let tokenizer = try WordPieceTokenizer(vocabulary: golden.vocabulary, lowercases: false)
    #expect(golden.texts.count > 80)
    for entry in golden.texts {
      #expect(tokenizer.encode(entry.text) == entry.ids, "\(entry.text.unicodeScalars.map { $0.value })")
    }
  }

  @Test func everyMaximumCutsTheSameIds() throws {
    let golden = try Golden.load()
    let tokenizer = try WordPieceTokenizer(vocabulary: golden.vocabulary)
    for entry in golden.texts.prefix(120) where entry.ids.count < 60 {
      let pieces = Array(entry.ids.dropFirst().dropLast())
      for maximum in 0...pieces.count + 1 {
        var ids: [Int32] = [-7]
        let isTruncated = tokenizer.append(entry.text, to: &ids, maximum: maximum, specialTokens: false)
        #expect(ids == [-7] + pieces.prefix(maximum), "\(entry.text) cut at \(maximum)")
        #expect(isTruncated == (pieces.count > maximum))
      }
      for maximum in 2...pieces.count + 3 {
        let wanted = [tokenizer.beginning] + pieces.prefix(maximum - 2) + [tokenizer.end]
        #expect(tokenizer.encode(entry.text, maximum: maximum) == wanted)
      }
    }
  }

  @Test func bytesThatAreNoUTF8AreSkipped() throws {
    let tokenizer = try WordPieceTokenizer(vocabulary: ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "ab", "##c"])
    for garbage: [UInt8] in [
      [0xff], [0xc3], [0xe2, 0x82], [0xed, 0xa0, 0x80], [0xf8, 0x88, 0x80, 0x80, 0x80], [0x80],
    ] {
      var ids: [Int32] = []
      let bytes = Array("ab".utf8) + garbage + Array("c".utf8)
      _ = bytes.withUnsafeBytes { tokenizer.append($0, to: &ids, specialTokens: false) }
      #expect(ids == [4, 5])
    }
  }

  /// Counts what is done, not how long it takes: twice the text is twice the work.
  @Test(arguments: [
    "a\u{1E000}\u{1E94A}", "\u{1E94A}\u{1E000}", "\u{1D165}\u{1E94A}", "e\u{301}", "\u{301}", "a", "a ", " ", "[", "[C",
    "!",
    "\u{1}", "\u{FEFF}", "é", "中", "한", "한 ", "\u{FA10}", "😀", "\u{1D15E}", "\u{2F800}", "a\u{200D}", "\u{130}",
    "x\u{1E94A}",
  ])
  func twiceTheTextIsTwiceTheWork(repeated: String) throws {
    let tokenizer = try WordPieceTokenizer(vocabulary: Golden.load().vocabulary)
    func steps(_ count: Int, limit: Int) -> Int {
      var (text, ids) = (String(repeating: repeated, count: count), [Int32]())
      return text.withUTF8 { tokenizer.appendPieces(of: UnsafeRawBufferPointer($0), to: &ids, limit: limit) }
    }
    let (once, twice) = (steps(2_000, limit: .max), steps(4_000, limit: .max))
    #expect(twice <= 2 * once + 200, "\(once), then \(twice)")
    #expect(once < 2_000 * 8 * 10 * repeated.unicodeScalars.count)
    // What lies behind the last token is not read, except the rest of its word.
    let isOfManyWords = " [!中\u{FA10}\u{2F800}".unicodeScalars.contains { repeated.unicodeScalars.contains($0) }
    if isOfManyWords, repeated != " " { #expect(steps(4_000, limit: 8) == steps(2_000, limit: 8)) }
  }

  /// A mark moves before others of a higher class, and never before a letter or a mark of class 0.
  @Test func marksThatStayAreOrdered() throws {
    let tokenizer = try WordPieceTokenizer(
      vocabulary: [
        "[PAD]", "[UNK]", "[CLS]", "[SEP]", "a\u{1E94A}\u{1E000}\u{1E000}b\u{1E94A}", "\u{1112}", "##\u{1161}",
        "##\u{11AB}",
      ])
    #expect(tokenizer.encode("a\u{1E000}\u{1E94A}\u{1E000}b\u{1E94A}", specialTokens: false) == [4])
    #expect(tokenizer.encode("한", specialTokens: false) == [5, 6, 7])
  }

  @Test func aWordWithoutPiecesIsUnknownAsAWhole() throws {
    let tokenizer = try WordPieceTokenizer(vocabulary: ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "un", "##aff", "##able"])
    #expect(tokenizer.encode("unaffable unaffablex x", specialTokens: false) == [4, 5, 6, 1, 1])
    #expect(tokenizer.encode("unaffablex un", maximum: 1, specialTokens: false) == [1])
  }

  @Test func tokensAndIdsGoBothWays() throws {
    let tokenizer = try WordPieceTokenizer(vocabulary: ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "ä", "##b"])
    #expect(tokenizer.id(of: "ä") == 4)
    #expect(tokenizer.id(of: "##b") == 5)
    #expect(tokenizer.id(of: "b") == nil)
    #expect(tokenizer.token(of: 5) == "##b")
    #expect(tokenizer.token(of: 6) == nil)
    #expect(tokenizer.token(of: -1) == nil)
  }

  @Test func aBadVocabularyIsRefusedWithItsReason() throws {
    let missing = #expect(throws: TokenizerError.self) { try WordPieceTokenizer(vocabulary: ["[PAD]", "[UNK]", "a"]) }
    #expect(missing?.description.contains("[CLS]") == true)
    let twice = #expect(throws: TokenizerError.self) {
      try WordPieceTokenizer(vocabulary: ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "a", "a"])
    }
    #expect(twice?.description.contains("as 4 and as 5") == true)
    let nowhere = #expect(throws: TokenizerError.self) {
      try WordPieceTokenizer(contentsOf: URL(filePath: "/nowhere/vocab.txt"))
    }
    #expect(nowhere?.description.contains("/nowhere/vocab.txt") == true)
  }

  @Test(arguments: ["\n", "\r\n"]) func aVocabularyFileHasATokenALine(lineEnd: String) throws {
    let url = FileManager.default.temporaryDirectory.appending(path: "\(UUID().uuidString).txt")
    let tokens = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "a", "\u{301}"]
    try Data(tokens.map { $0 + lineEnd }.joined().utf8).write(to: url)
    defer { #expect(throws: Never.self) { try FileManager.default.removeItem(at: url) } }
    #expect(try WordPieceTokenizer(contentsOf: url).vocabulary == tokens)
  }
}
