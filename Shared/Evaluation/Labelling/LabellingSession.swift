import Content

/// A person who labels samples one after the other, line by line. What is said last is not handed out before the next word,
/// so that it can be taken back.
public struct LabellingSession: Sendable {
  /// What a line came to.
  public struct Outcome: Sendable, Equatable {
    /// Labels to be recorded now, by the samples' places.
    public var said: [Said] = []
    /// What is to be told, as where a line was not understood.
    public var note: String?
  }

  /// A word on a sample.
  public struct Said: Sendable, Equatable {
    /// The sample's place.
    public let place: Int
    /// What is right.
    public let truth: Truth

    /// A word.
    public init(place: Int, truth: Truth) { (self.place, self.truth) = (place, truth) }
  }

  /// The sample that is to be shown; `nil` at the end.
  public var place: Int? { hasQuit || next >= count ? nil : next }
  private let count: Int
  private let labels: [String]
  private var next = 0
  private var hasQuit = false
  /// What was done so far; a skip says nothing.
  private var actions: [(place: Int, truth: Truth?)] = []
  private var handedOut = 0

  /// - Parameters:
  ///   - count: samples to be labelled.
  ///   - labels: the task's; none where it answers with captions, which are then written out.
  public init(count: Int, labels: [String]) { (self.count, self.labels) = (count, labels) }

  /// Whether labels are offered by number: not where some are numbers themselves.
  public var hasNumbers: Bool { !labels.contains { Int($0) != nil } }

  /// Takes a line.
  public mutating func take(_ line: String) -> Outcome {
    let word = String(line.drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
    // A label of such a name can still be said by its number.
    switch word {
    case "": return Outcome()
    case "q":
      hasQuit = true
      return Outcome()
    case "s": return did(nil)
    case "u": return undo()
    default: break
    }
    guard !labels.isEmpty else { return did(.captions([word])) }
    switch label(word) {
    case .success(let label): return did(.label(label))
    case .failure(let unclear): return Outcome(note: unclear.note)
    }
  }

  /// The labels that are not handed out yet, once `place` is `nil` or no line comes any more.
  public mutating func end() -> [Said] { handOut() }

  private struct Unclear: Error {
    let note: String
  }

  private func label(_ word: String) -> Result<String, Unclear> {
    if let exact = labels.first(where: { $0 == word }) { return .success(exact) }
    if hasNumbers, let number = Int(word) {
      return labels.indices.contains(number - 1)
        ? .success(labels[number - 1])
        : .failure(Unclear(note: "there are \(labels.count) labels, no number \(number)"))
    }
    let fitting = labels.filter { $0.lowercased().hasPrefix(word.lowercased()) }
    switch fitting.count {
    case 1: return .success(fitting[0])
    case 0: return .failure(Unclear(note: "no label begins with \"\(word)\""))
    default: return .failure(Unclear(note: "\"\(word)\" may be \(fitting.prefix(8).joined(separator: ", "))"))
    }
  }

  private mutating func did(_ truth: Truth?) -> Outcome {
    guard let place else { return Outcome() }
    let said = handOut()
    actions.append((place, truth))
    next += 1
    return Outcome(said: said)
  }

  private mutating func undo() -> Outcome {
    guard let last = actions.popLast() else { return Outcome(note: "there is nothing to take back") }
    next = last.place
    guard handedOut > actions.count else { return Outcome() }
    handedOut = actions.count
    return Outcome(note: last.truth == nil ? nil : "what you said of it is recorded; say it anew, and that counts")
  }

  private mutating func handOut() -> [Said] {
    defer { handedOut = actions.count }
    return actions[handedOut...].compactMap { action in
      action.truth.map { Said(place: action.place, truth: $0) }
    }
  }
}
