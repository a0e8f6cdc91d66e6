import JSON

/// What a model wrote, read as one of a question's candidates.
///
/// Models answer by letter, by label, by both, in JSON, in a box, in a sentence, behind their thoughts. Each way is read
/// only where it can mean one candidate alone: what could mean two is no answer, for a wrong one would be believed.
struct WrittenAnswer {
  private let names: CandidateNames

  /// - Parameters:
  ///   - labels: the candidates.
  ///   - hasLetters: whether the question gave each a letter.
  init(_ labels: [String], hasLetters: Bool) {
    names = CandidateNames(labels, hasLetters: hasLetters)
  }

  /// The candidate that a text names; `nil` for any other text.
  func candidate(of text: String) -> Int? {
    let said = Thoughts.removed(from: text)
    guard said.utf8.count <= Self.longest else { return nil }
    if let namings = namings(ofWhole: said) { return namings.unanimous }
    let lines = AnswerText(said).lines
    let claims = AnswerClaim.all(in: lines, names)
    return claims.isEmpty ? lines.map(names.naming).unanimous : claims.unanimous
  }

  /// The candidate of a text that is nothing but an answer: in JSON, in a box, or by itself.
  func candidate(ofWhole text: String) -> Int? {
    let said = Thoughts.removed(from: text)
    return said.utf8.count <= Self.longest ? namings(ofWhole: said)?.unanimous : nil
  }

  /// Bytes; whoever says more than this behind the thoughts has not answered.
  private static let longest = 1 << 16

  /// - Returns: `nil` for what is no such text.
  private func namings(ofWhole said: String) -> [CandidateNames.Naming]? {
    let text = Self.unquoted(said)
    let named = [LabelFields.values(in: text), AnswerBox.contents(in: text)].first { !$0.isEmpty }
    if let named { return named.map { names.naming(AnswerText($0)) } }
    let naming = names.naming(AnswerText(text))
    return naming == .nothing ? nil : [naming]
  }

  /// The text of a JSON string; any other text as it is.
  private static func unquoted(_ text: String) -> String {
    guard let first = text.utf8.first(where: { $0 > 0x20 }), first == UInt8(ascii: "\"") else { return text }
    do {
      return try JSONParser().parse(text) { $0.string } ?? text
    } catch {
      // It only begins like one.
      return text
    }
  }
}

/// The texts under the key of a JSON object that holds the answer, wherever in a text such an object stands: alone, in a
/// Markdown fence, in prose, within another one. Python's quotes will do.
enum LabelFields {
  /// In this order; what the first of them that is there holds counts.
  private static let keys = ["label", "answer", "category", "class", "choice"].map { Array($0.utf8) }

  /// Empty texts where the key is there and holds none.
  static func values(in text: String) -> [String] {
    guard text.utf8.contains(UInt8(ascii: ":")) else { return [] }
    let bytes = Array(text.utf8)
    var found = [[String]](repeating: [], count: keys.count)
    var index = 0
    while index < bytes.count {
      if let (key, end) = key(in: bytes, at: index), let value = values(in: bytes, behind: end) {
        found[key] += value.texts
        index = value.end
      } else {
        index += 1
      }
    }
    return found.first { !$0.allSatisfy(\.isEmpty) } ?? found.first { !$0.isEmpty } ?? []
  }

  private static func isQuote(_ byte: UInt8) -> Bool { byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") }

  private static func key(in bytes: [UInt8], at start: Int) -> (key: Int, end: Int)? {
    guard isQuote(bytes[start]) else { return nil }
    for (number, key) in keys.enumerated() {
      let end = start + 1 + key.count
      guard end < bytes.count, bytes[end] == bytes[start] else { continue }
      if zip(bytes[start + 1..<end], key).allSatisfy({ $0 | 0x20 == $1 }) { return (number, end + 1) }
    }
    return nil
  }

  /// The string behind a colon, or those of a list; an empty one for any other value.
  private static func values(in bytes: [UInt8], behind start: Int) -> (texts: [String], end: Int)? {
    let colon = skipSpaces(bytes, start)
    guard colon < bytes.count, bytes[colon] == UInt8(ascii: ":") else { return nil }
    var index = skipSpaces(bytes, colon + 1)
    var texts: [String] = []
    let isList = index < bytes.count && bytes[index] == UInt8(ascii: "[")
    if isList { index = skipSpaces(bytes, index + 1) }
    while let value = string(in: bytes, at: index) {
      texts.append(value.text)
      index = skipSpaces(bytes, value.end)
      guard isList, index < bytes.count, bytes[index] == UInt8(ascii: ",") else { break }
      index = skipSpaces(bytes, index + 1)
    }
    return (texts.isEmpty ? [""] : texts, index)
  }

  private static func string(in bytes: [UInt8], at open: Int) -> (text: String, end: Int)? {
    guard open < bytes.count, isQuote(bytes[open]) else { return nil }
    let quote = bytes[open]
    var index = open + 1
    while index < bytes.count, bytes[index] != quote { index += bytes[index] == UInt8(ascii: "\\") ? 2 : 1 }
    guard index < bytes.count else { return nil }
    let raw = String(decoding: bytes[open + 1..<index], as: UTF8.self)
    guard raw.utf8.contains(UInt8(ascii: "\\")) else { return (raw, index + 1) }
    do {
      return (try JSONParser().parse("\"\(raw)\"") { $0.string } ?? raw, index + 1)
    } catch {
      // An escape that JSON lacks, as in Python's strings.
      return (raw, index + 1)
    }
  }

  private static func skipSpaces(_ bytes: [UInt8], _ start: Int) -> Int {
    bytes[start...].firstIndex { $0 > 0x20 } ?? bytes.count
  }
}

/// What stands in LaTeX's boxes: "B" of `\boxed{\text{(B)}}`.
enum AnswerBox {
  private static let box = Array(#"\boxed"#.utf8)

  static func contents(in text: String) -> [String] {
    guard text.utf8.contains(UInt8(ascii: "\\")) else { return [] }
    let bytes = Array(text.utf8)
    return bytes.ranges(of: box).compactMap { range in
      guard let content = braced(bytes[range.upperBound...]) else { return nil }
      return plain(content)
    }
  }

  /// The text between a brace and its end, with only spaces before it; `nil` where there is none within a line's length.
  private static func braced(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
    let open = bytes.drop { $0 == UInt8(ascii: " ") }
    guard open.first == UInt8(ascii: "{") else { return nil }
    var depth = 0
    for index in open.indices.prefix(longest) {
      if open[index] == UInt8(ascii: "{") { depth += 1 }
      if open[index] == UInt8(ascii: "}") { depth -= 1 }
      if depth == 0 { return open[open.startIndex + 1..<index] }
    }
    return nil
  }

  private static let longest = 4_000

  /// Without commands such as `\text` and their braces.
  private static func plain(_ content: ArraySlice<UInt8>) -> String {
    var (plain, rest) = ([UInt8](), content)
    while let byte = rest.popFirst() {
      switch byte {
      case UInt8(ascii: "\\"): rest = rest.drop { isLetter($0) }
      case UInt8(ascii: "{"), UInt8(ascii: "}"): continue
      default: plain.append(byte)
      }
    }
    return String(decoding: plain, as: UTF8.self)
  }

  private static func isLetter(_ byte: UInt8) -> Bool { UInt8(ascii: "a")...UInt8(ascii: "z") ~= byte | 0x20 }
}
