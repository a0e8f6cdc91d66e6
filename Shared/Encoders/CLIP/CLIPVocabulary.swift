import Foundation
import Tokenizer

/// What a CLIP folder says of its tokens: `vocab.json` with `merges.txt`, or `tokenizer.json`.
struct CLIPVocabulary {
  private let name: String
  private let vocabulary: [String: Int]
  private let merges: [String]

  /// - Throws: `EncoderError` naming the file that is missing or is no byte-pair vocabulary.
  init(_ folder: URL) throws {
    let (tokens, pairs) = (folder.appending(path: "vocab.json"), folder.appending(path: "merges.txt"))
    if tokens.isThere, pairs.isThere {
      guard let vocabulary = try tokens.fields() as? [String: Int], let text = try pairs.text() else {
        throw EncoderError("\(tokens.path): is no object of tokens and ids")
      }
      (name, self.vocabulary, merges) = (folder.path, vocabulary, Self.lines(text))
      return
    }
    let whole = folder.appending(path: "tokenizer.json")
    guard let fields = try whole.fields() else {
      let missing = tokens.isThere ? "merges.txt is" : pairs.isThere ? "vocab.json is" : "vocab.json and merges.txt are"
      throw EncoderError(
        "\(folder.path): \(missing) missing, and so is tokenizer.json; the tokenizer needs one or the other, which come with "
          + "the model's other files")
    }
    let model = fields["model"] as? [String: Any] ?? [:]
    guard model["end_of_word_suffix"] as? String == "</w>", let vocabulary = model["vocab"] as? [String: Int],
      let merges = model["merges"].flatMap(Self.merges)
    else { throw EncoderError("\(whole.path): holds no byte-pair vocabulary whose words end in </w>, as CLIP's does") }
    (name, self.vocabulary, self.merges) = (whole.path, vocabulary, merges)
  }

  /// - Throws: `EncoderError` for a vocabulary that is damaged, or is not the model's.
  func tokenizer(_ configuration: CLIPConfiguration) throws -> BytePairTokenizer {
    let tokenizer: BytePairTokenizer
    do { tokenizer = try BytePairTokenizer(vocabulary: vocabulary, merges: merges) } catch {
      throw EncoderError("\(name): \(error)")
    }
    guard tokenizer.idLimit <= configuration.vocabularySize else {
      throw EncoderError(
        "\(name): has ids up to \(tokenizer.idLimit - 1), the model \(configuration.vocabularySize) tokens")
    }
    guard configuration.endToken == 2 || configuration.endToken == Int(tokenizer.end) else {
      throw EncoderError(
        "\(name): <|endoftext|> has the id \(tokenizer.end), text_config.eos_token_id of config.json is "
          + "\(configuration.endToken)")
    }
    return tokenizer
  }

  private static func lines(_ text: String) -> [String] {
    // Swift takes "\r\n" for one character, so the lines are cut on scalars.
    let lines = text.unicodeScalars.split(separator: "\n").map { String($0.last == "\r" ? $0.dropLast() : $0) }
    return lines.filter { !$0.hasPrefix("#version") && !$0.isEmpty }
  }

  /// Pairs are lists of two since tokenizers 0.20, and texts before.
  private static func merges(_ value: Any) -> [String]? {
    (value as? [String]) ?? (value as? [[String]])?.map { $0.joined(separator: " ") }
  }
}
