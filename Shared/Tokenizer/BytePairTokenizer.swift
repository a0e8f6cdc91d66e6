/// CLIP's byte-pair tokenizer (Sennrich et al. 2016, https://arxiv.org/abs/1508.07909; Radford et al. 2021,
/// https://arxiv.org/abs/2103.00020): the same ids as transformers' `CLIPTokenizer`.
///
/// As there, a text is composed canonically (NFC) and read in lower case, and white space only parts words. HTML entities stay
/// as they are written, and nothing is mended as ftfy does it in OpenAI's own code. A text that holds `<|startoftext|>` or
/// `<|endoftext|>` gets that token's id.
public struct BytePairTokenizer: Sendable {
  static let beginningToken = "<|startoftext|>"
  static let endToken = "<|endoftext|>"
  /// Marks the letter that ends a word.
  private static let wordEnd = "</w>"

  /// The id of `<|startoftext|>`, which begins a text.
  public let beginning: Int32
  /// The id of `<|endoftext|>`, which ends a text.
  public let end: Int32
  /// One past the largest id.
  public let idLimit: Int

  private struct Pair: Hashable {
    let left: Int32
    let right: Int32
  }

  private let merges: [Pair: (rank: Int, token: Int32)]
  /// By byte its token inside a word and at a word's end.
  private let letters: [(inside: Int32, last: Int32)]

  /// Takes each token's id, and the pairs of tokens in the order in which they are joined, such as `th e</w>`.
  /// - Throws: `TokenizerError` where a byte, one of the two special tokens, or what a pair is made of or makes has no id.
  public init(vocabulary: [String: Int], merges: [String]) throws {
    func id(_ token: String) throws -> Int32 {
      guard let id = vocabulary[token].flatMap(Int32.init(exactly:)), id >= 0 else {
        throw TokenizerError("the vocabulary of \(vocabulary.count) tokens lacks \(token); is it CLIP's vocab.json?")
      }
      return id
    }
    (beginning, end) = (try id(Self.beginningToken), try id(Self.endToken))
    idLimit = (vocabulary.values.max() ?? 0) + 1
    letters = try Self.byteLetters.map { (try id(String($0)), try id(String($0) + Self.wordEnd)) }
    var table: [Pair: (rank: Int, token: Int32)] = [:]
    for (rank, merge) in merges.enumerated() {
      let parts = merge.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
      guard parts.count == 2 else { throw TokenizerError("merge \(rank + 1) is \(merge); two tokens are needed") }
      let pair = Pair(left: try id(parts[0]), right: try id(parts[1]))
      if table[pair] == nil { table[pair] = (rank, try id(parts[0] + parts[1])) }
    }
    self.merges = table
  }

  /// A text's ids: `<|startoftext|>`, its tokens up to `maximum` ids in all, `<|endoftext|>`.
  ///
  /// Work grows with the square of the longest word: texts are their owner's prompts, no strangers' input.
  /// - Parameter maximum: at least 2.
  public func encode(_ text: String, maximum: Int = 77) -> [Int32] {
    precondition(maximum >= 2, "the two special tokens need room")
    var ids = [beginning]
    for part in SpecialTokenParts(text) {
      switch part {
      case .beginning: ids.append(beginning)
      case .end: ids.append(end)
      case .text(let text):
        for word in BytePairWords(text) {
          guard ids.count < maximum else { break }
          ids += tokens(of: word)
        }
      }
    }
    return ids.prefix(maximum - 1) + [end]
  }

  /// Joins, of all neighbours that may be joined, those of the lowest rank first.
  private func tokens(of word: [UInt8]) -> [Int32] {
    var tokens = word.enumerated().map { place, byte in
      place == word.count - 1 ? letters[Int(byte)].last : letters[Int(byte)].inside
    }
    while let best = zip(tokens, tokens.dropFirst()).compactMap({ merges[Pair(left: $0, right: $1)] })
      .min(by: { $0.rank < $1.rank })
    {
      var (joined, place) = ([Int32](), 0)
      while place < tokens.count {
        let isPair =
          place + 1 < tokens.count && merges[Pair(left: tokens[place], right: tokens[place + 1])]?.rank == best.rank
        joined.append(isPair ? best.token : tokens[place])
        place += isPair ? 2 : 1
      }
      tokens = joined
    }
    return tokens
  }

  /// By byte the letter that stands for it (GPT-2's): itself where it can be printed, else one from U+0100 on.
  private static let byteLetters: [Character] = {
    var next: UInt32 = 0x100
    return (UInt8.min...UInt8.max).compactMap { byte in
      if 0x21...0x7E ~= byte || 0xA1...0xAC ~= byte || byte >= 0xAE { return Character(Unicode.Scalar(byte)) }
      defer { next += 1 }
      return Unicode.Scalar(next).map(Character.init)
    }
  }()
}
