import Crypto
import Foundation

/// What makes two questions the same: the key of cached answers, and of questions that are under way.
///
/// SHA-256, because the text is a stranger's: nobody may be able to write one text that fetches another one's answer.
public struct AnswerKey: Sendable, Hashable, CustomStringConvertible {
  /// 32 bytes.
  public let bytes: [UInt8]

  /// The key of a question.
  /// - Parameters:
  ///   - task: the task's name.
  ///   - text: the sample's text; only `normalized(_:)` counts.
  ///   - image: the sample's image file, where there is one.
  ///   - candidates: labels; their order does not count.
  ///   - probabilities: what the prompt says of the small model's probabilities, as it says it; empty where nothing.
  ///   - model: the large model's name.
  ///   - promptVersion: changes with system text, template, examples, descriptions and way of asking.
  public init(
    task: String, text: String, image: [UInt8]? = nil, candidates: [String], probabilities: [String] = [],
    model: String, promptVersion: String
  ) {
    var hash = SHA256()
    // Each field with its length before it, so that no two lists of fields run together into the same bytes.
    for field in [task, Self.normalized(text), model, promptVersion] { hash.update(field) }
    hash.update(candidates.sorted())
    hash.update(probabilities)
    if let image {
      hash.update(count: image.count)
      hash.update(data: image)
    }
    bytes = Array(hash.finalize())
  }

  /// Composed Unicode, one space for each run of white space, none at the ends; letters keep their case. A text with more
  /// than 30 marks in a row, which none that is read by people has, is not composed: that takes quadratic time.
  public static func normalized(_ text: String) -> String {
    let composed = isStreamSafe(text) ? text.precomposedStringWithCanonicalMapping : text
    return composed.split(whereSeparator: \.isWhitespace).joined(separator: " ")
  }

  /// Whether runs of combining marks are as short as Unicode's stream-safe text format has them (UAX 15, section 13).
  static func isStreamSafe(_ text: String) -> Bool {
    var run = 0
    for scalar in text.unicodeScalars {
      run = scalar.isASCII || scalar.properties.canonicalCombiningClass == .notReordered ? 0 : run + 1
      if run > 30 { return false }
    }
    return true
  }

  /// 64 hexadecimal digits.
  public var description: String {
    bytes.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
  }
}

extension SHA256 {
  fileprivate mutating func update(_ field: String) {
    update(count: field.utf8.count)
    update(data: Data(field.utf8))
  }

  fileprivate mutating func update(_ fields: [String]) {
    update(count: fields.count)
    for field in fields { update(field) }
  }

  fileprivate mutating func update(count: Int) {
    withUnsafeBytes(of: UInt64(count).littleEndian) { update(bufferPointer: $0) }
  }
}
