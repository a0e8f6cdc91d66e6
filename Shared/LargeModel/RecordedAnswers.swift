import Foundation

/// A large model's answers from a file, for runs without network: what it said then is said again.
///
/// A recording has no confidence. Its probabilities put the model's known accuracy on the recorded label and spread the
/// rest evenly over the other candidates, so every answer is held equally sure.
public struct RecordedAnswers: LargeModel {
  /// Where a line's fields stand.
  public struct Keys: Sendable, Equatable, Codable {
    /// The sample's id; lines may lack it.
    public var id: String
    /// The text.
    public var text: String
    /// The label that the model gave, or null.
    public var answer: String

    /// The names in `banking77/test.jsonl`.
    public init(id: String = "id", text: String = "text", answer: String = "recorded_llm_answer") {
      (self.id, self.text, self.answer) = (id, text, answer)
    }
  }

  /// The file's name and a checksum of its answers.
  public let version: String
  private let labels: [String]
  private let accuracy: Float
  private var byID: [String: Recording] = [:]
  private var byText: [String: Recording] = [:]

  private enum Recording {
    case label(Int)
    case none
    /// Lines with one text and different answers; only an id tells them apart.
    case ambiguous
  }

  /// Reads a JSONL file.
  /// - Parameter accuracy: the recorded model's share of right answers, above 0 and at most 1.
  ///
  /// Throws what names file, line and fault: no JSON, a missing field, an answer that is none of `labels`.
  public init(contentsOf url: URL, labels: [String], keys: Keys = Keys(), accuracy: Float) throws {
    guard accuracy > 0, accuracy <= 1 else {
      throw LargeModelError(.badRequest, "accuracy: \(accuracy); a share above 0 and at most 1 is needed")
    }
    let data: Data
    do {
      data = try Data(contentsOf: url)
    } catch {
      throw LargeModelError(.badModel, "\(url.path): cannot be read: \(error.localizedDescription)")
    }
    (self.labels, self.accuracy) = (labels, accuracy)
    var checksum = Checksum()
    data.withUnsafeBytes { checksum.append($0) }
    version = "recorded/\(url.lastPathComponent)-\(checksum)/\(accuracy)"
    let indices = Dictionary(zip(labels, labels.indices), uniquingKeysWith: { first, _ in first })
    for (number, line) in data.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).enumerated()
    where !line.allSatisfy({ $0 == 0x20 || $0 == 0x0D }) {
      do {
        try add(line, keys: keys, indices: indices)
      } catch {
        throw LargeModelError(.badModel, "\(url.path), line \(number + 1): \(error)")
      }
    }
  }

  private mutating func add(_ line: Data, keys: Keys, indices: [String: Int]) throws {
    let row = try RecordedRow(parsing: line, keys: keys)
    var recording = Recording.none
    if let answer = row.answer {
      guard let index = indices[answer] else {
        throw LargeModelError(.badModel, "\(keys.answer) is \"\(answer)\", which is no label of the task")
      }
      recording = .label(index)
    }
    if let id = row.id { byID[id] = recording }
    switch (byText[row.text], recording) {
    case (nil, _): byText[row.text] = recording
    case (.label(let old)?, .label(let new)) where old == new: break
    case (.some(.none), .none): break
    default: byText[row.text] = .ambiguous
    }
  }

  /// Looks each request up, by its id where the file knows it, else by its text.
  public func answer(
    _ requests: [LargeModelRequest]
  ) async throws -> [Result<LargeModelAnswer, LargeModelError>] {
    requests.map { request in Result { () throws(LargeModelError) in try answer(request) } }
  }

  private func answer(_ request: LargeModelRequest) throws(LargeModelError) -> LargeModelAnswer {
    try request.candidates.check(against: labels.count)
    let recording = request.id.flatMap { byID[$0] } ?? byText[request.text]
    switch recording {
    case nil: throw LargeModelError(.noAnswer, "the recording has neither this id nor this text")
    case .some(.none): throw LargeModelError(.noAnswer, "the recorded model gave no answer for this text")
    case .ambiguous: throw LargeModelError(.noAnswer, "the recording has several answers for this text; name the id")
    case .label(let label):
      guard request.candidates.contains(label) else {
        throw LargeModelError(.noAnswer, "the recorded answer \(labels[label]) is not among the candidates")
      }
      return softened(label, candidates: request.candidates)
    }
  }

  private func softened(_ label: Int, candidates: [Int]) -> LargeModelAnswer {
    var probabilities = [Float](repeating: 0, count: labels.count)
    let others = Float(candidates.count - 1)
    for candidate in candidates { probabilities[candidate] = (1 - accuracy) / max(others, 1) }
    probabilities[label] = others == 0 ? 1 : accuracy
    return LargeModelAnswer(
      label: label, probabilities: probabilities, promptTokens: 0, completionTokens: 0, cost: 0)
  }
}

/// One line of the file.
private struct RecordedRow {
  var id: String?
  var text: String
  var answer: String?

  init(parsing line: Data, keys: RecordedAnswers.Keys) throws {
    let fields: [String: Scalar]
    do {
      fields = try JSONDecoder().decode([String: Scalar].self, from: line)
    } catch {
      throw LargeModelError(.badModel, "no JSON object: \(error.localizedDescription)")
    }
    guard case .string(let text)? = fields[keys.text] else {
      throw LargeModelError(.badModel, "\(keys.text) is missing or no string")
    }
    self.text = text
    if case .string(let id)? = fields[keys.id] { self.id = id }
    switch fields[keys.answer] {
    case .string(let answer)?: self.answer = answer
    case .null?: answer = nil
    default: throw LargeModelError(.badModel, "\(keys.answer) is missing or neither string nor null")
    }
  }

  private enum Scalar: Decodable {
    case string(String)
    case null
    case other

    init(from decoder: any Decoder) throws {
      let container = try decoder.singleValueContainer()
      if container.decodeNil() {
        self = .null
      } else {
        do {
          self = .string(try container.decode(String.self))
        } catch DecodingError.typeMismatch {
          self = .other
        }
      }
    }
  }
}
