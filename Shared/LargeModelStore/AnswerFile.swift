import Foundation
import LargeModelFlow

/// Answers in a file of JSON Lines, kept until somebody deletes it:
///
///     {"key": "3f…", "label": "a", "candidates": ["a", "b"], "probabilities": [0.75, 0.25]}
///     {"key": "a0…", "caption": "a dog on a bench", "confidence": 0.5}
///
/// Each answer is appended as it comes, so that a run that is stopped has paid for none in vain. One process at a time
/// writes it.
public actor AnswerFile: AnswerStore {
  private struct Line: Codable {
    let key: String
    var label: String?
    var candidates: [String]?
    var probabilities: [Double]?
    var caption: String?
    var confidence: Float?

    /// `nil` where it is no answer.
    var answer: CachedAnswer? {
      if let caption { return .caption(caption, confidence: confidence) }
      guard let label, let candidates, probabilities.map({ $0.count == candidates.count }) ?? true else { return nil }
      return .label(label, candidates: candidates, probabilities: probabilities)
    }

    init(key: String, _ answer: CachedAnswer) {
      self.key = key
      switch answer {
      case .label(let label, let candidates, let probabilities):
        (self.label, self.candidates, self.probabilities) = (label, candidates, probabilities)
      case .caption(let caption, let confidence): (self.caption, self.confidence) = (caption, confidence)
      }
    }
  }

  private let file: FileHandle
  private var answers: [String: CachedAnswer] = [:]

  /// Opens a file, and makes it where there is none.
  /// - Throws: `AnswerFileError` naming the file, and the line that is no answer.
  public init(_ url: URL) throws(AnswerFileError) {
    let descriptor = open(url.path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else {
      throw AnswerFileError("\(url.path) cannot be written: \(String(cString: strerror(errno)))")
    }
    file = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    do {
      let data = try file.readToEnd() ?? Data()
      // A process that was killed may have left half a line.
      let whole = data.lastIndex(of: UInt8(ascii: "\n")).map { data[...$0] } ?? Data()
      if whole.count < data.count { try file.truncate(atOffset: UInt64(whole.count)) }
      for (index, bytes) in whole.split(separator: UInt8(ascii: "\n")).enumerated() {
        guard let line = Self.line(bytes), let answer = line.answer else {
          throw AnswerFileError("\(url.path), line \(index + 1) is no answer; delete the line, and it is asked again")
        }
        answers[line.key] = answer
      }
    } catch let error as AnswerFileError {
      throw error
    } catch {
      throw AnswerFileError("\(url.path) cannot be read: \(error.localizedDescription)")
    }
  }

  private static func line(_ bytes: Data) -> Line? {
    // What is wrong with the line is of no use to anybody: it is deleted.
    try? JSONDecoder().decode(Line.self, from: bytes)
  }

  /// The answer to a question; `nil` where none is kept.
  public func answer(to key: AnswerKey) -> CachedAnswer? { answers[key.description] }

  /// Keeps an answer for ever.
  /// - Throws: what keeps the file from being written.
  public func keep(_ answer: CachedAnswer, for key: AnswerKey) throws {
    let line = Line(key: key.description, answer)
    try file.write(contentsOf: JSONEncoder().encode(line) + [UInt8(ascii: "\n")])
    answers[line.key] = answer
  }
}

/// A file of answers that cannot be used.
public struct AnswerFileError: Error, Sendable, Equatable, CustomStringConvertible {
  /// What is wrong, and what to do.
  public let description: String

  init(_ description: String) { self.description = description }
}
