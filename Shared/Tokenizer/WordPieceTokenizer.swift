import Foundation

/// BERT's WordPiece tokenizer, uncased or cased (Devlin et al. 2019, https://arxiv.org/abs/1810.04805): the same ids as
/// Hugging Face's `BertTokenizerFast` on every text. A vocabulary with `<s>` and `</s>` is MPNet's, whose texts begin and end
/// with these instead of `[CLS]` and `[SEP]`: the same ids as `MPNetTokenizerFast`.
///
/// A text that holds `[CLS]`, `[SEP]`, `[PAD]`, `[UNK]` or `[MASK]` gets that token's id, as there, or with MPNet's
/// vocabulary `<s>` and its like. Bytes that are no UTF-8 are skipped.
public struct WordPieceTokenizer: Sendable {
  /// Words of more characters become `[UNK]`.
  static let longestWord = 100

  /// Whether texts are read in lower case, without accents.
  public let lowercases: Bool
  /// The tokens; a token's id is its index.
  public let vocabulary: [String]
  /// The id of `[PAD]`.
  public let padding: Int32
  /// The id of `[UNK]`.
  public let unknown: Int32
  /// The id of `[CLS]`, which begins a text.
  public let beginning: Int32
  /// The id of `[SEP]`, which ends a text.
  public let end: Int32

  let table: TokenTable
  /// The special tokens' bytes and ids.
  let specials: [(bytes: [UInt8], id: Int32)]

  /// Takes the tokens in the order of their ids.
  ///
  /// Throws where a token occurs twice, or where `[PAD]`, `[UNK]`, `[CLS]` or `[SEP]` is missing.
  /// - Parameter lowercases: `false` for a cased vocabulary, whose texts keep their case and accents.
  public init(vocabulary: [String], lowercases: Bool = true) throws {
    self.lowercases = lowercases
    table = try TokenTable(vocabulary)
    self.vocabulary = vocabulary
    let table = self.table
    func required(_ token: String) throws -> Int32 {
      guard let id = table.id(of: token) else {
        throw TokenizerError("the vocabulary of \(vocabulary.count) tokens lacks \(token); is it a BERT vocab.txt?")
      }
      return id
    }
    let special = SpecialTokens.of(table)
    padding = try required(special.padding)
    unknown = try required(special.unknown)
    beginning = try required(special.beginning)
    end = try required(special.end)
    specials = special.all.compactMap { token in
      table.id(of: token).map { (Array(token.utf8), $0) }
    }
  }

  /// Reads a `vocab.txt`: one token a line.
  public init(contentsOf url: URL, lowercases: Bool = true) throws {
    let text: String
    do {
      text = try String(contentsOf: url, encoding: .utf8)
    } catch {
      throw TokenizerError("\(url.path): cannot be read as UTF-8 text: \(error.localizedDescription)")
    }
    // Swift takes "\r\n" for one character, so the lines are cut on scalars.
    var lines = text.unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false)
      .map { String($0.last == "\r" ? $0.dropLast() : $0) }
    if lines.last?.isEmpty == true { lines.removeLast() }
    do {
      try self.init(vocabulary: lines, lowercases: lowercases)
    } catch let error as TokenizerError {
      throw TokenizerError("\(url.path): \(error)")
    }
  }

  /// The id of a token; `nil` where the vocabulary lacks it.
  public func id(of token: String) -> Int32? { table.id(of: token) }

  /// The token of an id; `nil` outside the vocabulary.
  public func token(of id: Int32) -> String? {
    vocabulary.indices.contains(Int(id)) ? vocabulary[Int(id)] : nil
  }

  /// A text's ids, at most `maximum`, `[CLS]` and `[SEP]` among them where `specialTokens` asks for these.
  public func encode(_ text: String, maximum: Int = .max, specialTokens: Bool = true) -> [Int32] {
    var ids: [Int32] = []
    append(text, to: &ids, maximum: maximum, specialTokens: specialTokens)
    return ids
  }

  /// Appends a text's ids to `ids`; see the other `append`.
  @discardableResult
  public func append(
    _ text: String, to ids: inout [Int32], maximum: Int = .max, specialTokens: Bool = true
  ) -> Bool {
    var text = text
    return text.withUTF8 {
      append(UnsafeRawBufferPointer($0), to: &ids, maximum: maximum, specialTokens: specialTokens)
    }
  }

  /// Appends the ids of a text in UTF-8 to `ids`: at most `maximum`, `[CLS]` and `[SEP]` among them where
  /// `specialTokens` asks for these.
  ///
  /// ASCII text allocates nothing beyond what `ids` needs to grow.
  /// - Returns: whether the text was longer than `maximum`, so that its end is missing.
  @discardableResult
  public func append(
    _ utf8: UnsafeRawBufferPointer, to ids: inout [Int32], maximum: Int = .max, specialTokens: Bool = true
  ) -> Bool {
    let first = ids.count
    let extra = specialTokens ? 2 : 0
    let room = max(0, min(maximum, Int.max - first) - extra)
    if specialTokens { ids.append(beginning) }
    let limit = ids.count + room
    appendPieces(of: utf8, to: &ids, limit: limit)
    let isTruncated = ids.count > limit
    if isTruncated { ids.removeLast(ids.count - limit) }
    if specialTokens { ids.append(end) }
    if ids.count - first > max(0, maximum) { ids.removeLast(ids.count - first - max(0, maximum)) }
    return isTruncated
  }
}

extension TokenTable {
  /// The id of a whole token.
  func id(of token: String) -> Int32? {
    let bytes = Array(token.utf8)
    let id = withView { view in bytes.withUnsafeBufferPointer { view.find(TokenHash($0), $0) } }
    return id < 0 ? nil : id
  }
}
