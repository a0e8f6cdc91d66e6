import Content
import Foundation
import JSON

/// What a model wrote, read as one caption.
///
/// Models put a caption into quotation marks, JSON, Markdown or a fence, behind a mark such as "Caption:", behind their
/// thoughts or an introduction, and some give several or explain it. What stands around it is taken away; of several the
/// first is taken, for each was meant as a caption. What is cut short, refuses, or is longer than a few sentences is none.
struct WrittenCaption: Equatable {
  /// On one line, without what stood around it.
  let caption: String
  /// The geometric mean of its tokens' probabilities, 0 to 1; `nil` where the server gives none.
  let confidence: Float?

  /// - Throws: `AttemptFailure`: a refusal, an answer that was cut short, or one that is no caption.
  init(_ reply: ChatReply) throws(AttemptFailure) {
    if reply.finishReason == "content_filter" { throw .refused("the server's content filter stopped the answer") }
    let said = reply.content.map(Thoughts.removed) ?? ""
    guard !AnswerText(said).isBlank else {
      if let refusal = reply.refusal { throw .refused(refusal) }
      throw .noCaption("", because: "nothing is written")
    }
    caption = try Self.caption(in: said)
    if reply.finishReason == "length" { throw .noCaption(caption, because: "it is cut short") }
    confidence = TokenConfidence.geometricMean(of: reply.positions, caption: caption)
  }

  /// The caption in a text.
  private static func caption(in said: String) throws(AttemptFailure) -> String {
    guard !said.unicodeScalars.contains("\u{FFFD}") else { throw .noCaption(said, because: "it is not UTF-8") }
    let text = unwrapped(CaptionFields.value(in: said) ?? firstParagraph(said))
    guard !text.isEmpty else { throw .noCaption(said, because: "nothing is written") }
    guard text.utf8.count <= Reply.longestCaption else {
      throw .noCaption(text, because: "it has \(text.utf8.count) bytes, more than \(Reply.longestCaption)")
    }
    guard !isRefusal(text) else { throw .refused(text) }
    return text
  }

  /// The lines of the first paragraph, or list item, on one line; without what introduces it, and a fence's signs.
  private static func firstParagraph(_ said: String) -> String {
    var paragraph: [Substring] = []
    for line in said.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline) {
      let line = line.trimmingPrefix { $0.isWhitespace }
      let isBreak = line.allSatisfy(\.isWhitespace) || line.hasPrefix("```")
      if isBreak || isItem(line), !paragraph.isEmpty { break }
      let isIntroduction = paragraph.isEmpty && line.reversed().first { !$0.isWhitespace && $0 != "*" } == ":"
      if !isBreak, !isIntroduction { paragraph.append(isItem(line) ? withoutMark(line) : line) }
    }
    return paragraph.joined(separator: " ")
  }

  private static func isItem(_ line: Substring) -> Bool { withoutMark(line).startIndex != line.startIndex }

  /// A line without "1.", "2)", "-", "*" or "•" before it.
  private static func withoutMark(_ line: Substring) -> Substring {
    let digits = line.prefix { $0.isASCII && $0.isNumber }
    let rest = line[digits.endIndex...]
    guard let mark = rest.first, digits.isEmpty ? "-*•".contains(mark) : ".)".contains(mark), digits.count < 3,
      rest.dropFirst().first?.isWhitespace == true
    else { return line }
    return rest.dropFirst().trimmingPrefix { $0.isWhitespace }
  }

  /// On one line, without marks, quotation marks and Markdown around it, and without control characters.
  private static func unwrapped(_ text: String) -> String {
    var text = text.split {
      $0.isWhitespace || $0.unicodeScalars.allSatisfy { $0.properties.generalCategory == .control }
    }
    .joined(separator: " ")
    var length = text.count + 1
    while text.count < length {
      length = text.count
      text = withoutPair(withoutName(text)).trimmingCharacters(in: .whitespaces)
    }
    return text
  }

  private static let pairs: [(open: Character, close: Character)] = [
    ("\"", "\""), ("'", "'"), ("`", "`"), ("*", "*"), ("_", "_"), ("“", "”"), ("„", "“"), ("«", "»"), ("‘", "’"),
    ("「", "」"),
  ]

  private static func withoutPair(_ text: String) -> String {
    guard text.count > 2, let first = text.first, let last = text.last,
      let pair = pairs.first(where: { $0.open == first && $0.close == last })
    else { return text }
    // Two quotations in one sentence are not one around it.
    let inside = text.dropFirst().dropLast()
    let isDoubled = pair.open == "*" || pair.open == "_" || pair.open == "`"
    return isDoubled || !inside.contains(pair.open) ? String(inside) : text
  }

  private static let names = ["caption", "image caption", "description", "image description", "answer", "sentence"]

  /// Without "Caption:" before it.
  private static func withoutName(_ text: String) -> String {
    guard let colon = text.prefix(24).firstIndex(of: ":"), names.contains(AnswerText(text[..<colon]).bare.folded) else {
      return text
    }
    // Behind the colon a mark in bold may end.
    return String(text[text.index(after: colon)...].drop { $0 == "*" || $0 == "_" })
  }

  private static let refusals = [
    "i'm sorry", "i am sorry", "sorry,", "i cannot", "i can't", "i'm unable", "i am unable", "i'm not able",
    "i am not able",
    "as an ai", "unfortunately, i", "i don't see", "i do not see", "no image", "there is no image", "please provide",
    "please upload",
  ]

  /// Whether a model says that it will not, or cannot, describe anything: as a caption it would be believed, and would teach.
  private static func isRefusal(_ text: String) -> Bool {
    let beginning = AnswerText(text.prefix(60)).folded
    return refusals.contains { beginning.hasPrefix($0) }
  }
}

/// The caption in a text that is one JSON object, or one JSON string, alone or in a Markdown fence.
enum CaptionFields {
  private static let keys: [StaticString] = ["caption", "description", "answer", "sentence", "text"]

  /// - Returns: `nil` for any other text.
  static func value(in said: String) -> String? {
    let text = said.split(whereSeparator: \.isNewline).filter { !$0.hasPrefix("```") }.joined(separator: "\n")
    guard let first = text.first(where: { !$0.isWhitespace }), first == "{" || first == "\"" else { return nil }
    do {
      return try JSONParser().parse(text) { json in
        json.string ?? keys.lazy.compactMap { json[$0]?.string }.first
      }
    } catch {
      // It only begins like JSON.
      return nil
    }
  }
}

/// How sure a model was of what it wrote, by its tokens.
enum TokenConfidence {
  /// exp of the mean log-probability of the answer's tokens, those of its thoughts left out.
  /// - Returns: `nil` where a token has none, where the tokens are not those of the caption, and where all are certain, as
  ///   servers write that know none.
  static func geometricMean(of positions: [ChatReply.Position], caption: String) -> Float? {
    let answer = Thoughts.answer(in: positions.flatMap { Array($0.text.utf8) })
    var (sum, count, offset, written) = (0.0, 0, 0, "")
    for position in positions {
      defer { offset += position.text.utf8.count }
      guard answer.contains(offset), !position.text.isEmpty else { continue }
      // A log-probability above 0 is none; a little of it is rounding.
      guard let logprob = position.logprob, logprob < 0.01 else { return nil }
      sum += min(0, logprob)
      count += 1
      written += position.text
    }
    guard count > 0, sum < 0, letters(of: written).contains(letters(of: caption)) else { return nil }
    return Float(exp(sum / Double(count)))
  }

  /// ASCII's letters and digits: tokenizers write spaces in their own ways, and cut other characters in two.
  private static func letters(of text: String) -> String {
    String(decoding: text.utf8.filter { $0 | 0x20 >= 0x61 && $0 | 0x20 <= 0x7A || 0x30...0x39 ~= $0 }, as: UTF8.self)
  }
}
