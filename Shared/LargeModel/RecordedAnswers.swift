import Content
import Encoders

/// A large model's recorded answers, for runs without network: what it said then is said again.
///
/// A recording of labels has no confidence. Its probabilities put the model's known accuracy on the recorded label and
/// spread the rest evenly over the other candidates, so every answer is held equally sure. Captions go without one.
public struct RecordedAnswers: LargeModel {
  /// What the model said of one input.
  public struct Line: Sendable, Equatable {
    /// The sample's id.
    public var id: String
    /// The text; `nil` for an input without one, which is known by its id alone.
    public var text: String?
    /// What the model answered, a label's name or a caption; `nil` where it gave no answer.
    public var answer: String?

    /// A line of a recording.
    public init(id: String, text: String?, answer: String?) {
      (self.id, self.text, self.answer) = (id, text, answer)
    }
  }

  /// The recording's name and a checksum of it.
  public let version: String
  private let labels: [String]
  private let accuracy: Float
  private var byID: [String: Recording] = [:]
  /// By the text's UTF-8: hashing a text takes quadratic time where many combining marks stand in a row.
  private var byText: [[UInt8]: Recording] = [:]

  private enum Recording: Equatable {
    case label(Int)
    case caption(String)
    case none
    /// No label of the task.
    case outside(String)
    /// Lines with one text and different answers; only an id tells them apart.
    case ambiguous
  }

  /// - Parameters:
  ///   - name: such as the file's.
  ///   - accuracy: the recorded model's share of right answers, above 0 and at most 1.
  /// - Throws: `LargeModelError` for an accuracy out of its range, or a recording without an answer.
  public init(_ lines: [Line], name: String, labels: [String], accuracy: Float) throws(LargeModelError) {
    guard accuracy > 0, accuracy <= 1 else {
      throw LargeModelError(.badRequest, "accuracy: \(accuracy); a share above 0 and at most 1 is needed")
    }
    (self.labels, self.accuracy) = (labels, accuracy)
    let indices = Dictionary(zip(labels, labels.indices), uniquingKeysWith: { first, _ in first })
    version = "recorded/\(name)-\(Self.checksum(lines))/\(accuracy)"
    try keep(lines, name: name) { indices[$0].map(Recording.label) ?? .outside($0) }
  }

  /// A recording of captions.
  /// - Parameter name: such as the file's.
  /// - Throws: `LargeModelError` for a recording without a caption.
  public init(captions lines: [Line], name: String) throws(LargeModelError) {
    (labels, accuracy) = ([], 1)
    version = "recorded/\(name)-\(Self.checksum(lines))"
    try keep(lines, name: name) { caption in
      caption.utf8.count <= Reply.longestCaption && !caption.allSatisfy(\.isWhitespace)
        ? .caption(caption) : .outside(String(caption.prefix(40)))
    }
  }

  private static func checksum(_ lines: [Line]) -> Checksum {
    var checksum = Checksum()
    for line in lines {
      for part in [line.id, line.text ?? "", line.answer ?? ""] { checksum.append(part) }
    }
    return checksum
  }

  private mutating func keep(
    _ lines: [Line], name: String, _ read: (String) -> Recording
  ) throws(LargeModelError) {
    guard lines.contains(where: { $0.answer != nil }) else {
      throw LargeModelError(.badModel, "\(name) holds no recorded answer")
    }
    for line in lines {
      let recording = line.answer.map(read) ?? .none
      byID[line.id] = recording
      guard let text = line.text.map({ Array($0.utf8) }) else { continue }
      let known = byText[text]
      byText[text] = known == nil || known == recording ? recording : .ambiguous
    }
  }

  /// Looks each request up, by its id where the file knows it, else by its text.
  public func answer(
    _ requests: [LargeModelRequest]
  ) async throws -> [Result<LargeModelAnswer, LargeModelError>] {
    requests.map { request in Result { () throws(LargeModelError) in try answer(request) } }
  }

  private func answer(_ request: LargeModelRequest) throws(LargeModelError) -> LargeModelAnswer {
    if !labels.isEmpty { try request.candidates.check(against: labels.count) }
    let recording = request.id.flatMap { byID[$0] } ?? request.input.text.flatMap { byText[Array($0.utf8)] }
    switch recording {
    case nil: throw LargeModelError(.noAnswer, "the recording has neither this id nor this text")
    case .some(.none): throw LargeModelError(.noAnswer, "the recorded model gave no answer for this text")
    case .outside(let answer):
      let what =
        labels.isEmpty
        ? "no caption: it is blank, or longer than \(Reply.longestCaption) bytes" : "no label of the task"
      throw LargeModelError(.noAnswer, "the recorded answer \"\(answer)\" is \(what)")
    case .ambiguous: throw LargeModelError(.noAnswer, "the recording has several answers for this text; name the id")
    case .caption(let caption):
      return LargeModelAnswer(caption: caption, confidence: nil, promptTokens: 0, completionTokens: 0, cost: 0)
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
