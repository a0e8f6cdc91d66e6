import LargeModel
import Synchronization

/// How far asking a large model about rows is, and when it is given up: figures on the rows that happened to be answered
/// would flatter a model, and rows without an answer are not wrong answers.
public struct AskingProgress: Sendable, Equatable {
  /// The part of the rows that may stay without an answer; always one row may.
  static let allowedShare = 0.05

  /// How many rows are asked about.
  public let total: Int
  private(set) var answered = 0
  private(set) var unanswered = 0
  /// What failed last.
  var trouble: String?

  init(total: Int) { self.total = total }

  /// How many were, with an answer or without.
  public var done: Int { answered + unanswered }

  /// Counts answers.
  /// - Throws: `LargeModelError` where asking on is of no use.
  mutating func add(_ answers: [Result<LargeModelAnswer, LargeModelError>]) throws(LargeModelError) {
    for answer in answers {
      switch answer {
      case .success: answered += 1
      case .failure(let error):
        unanswered += 1
        trouble = error.description
        guard error.kind != .unavailable, unanswered <= max(1, Int(Self.allowedShare * Double(total))) else {
          throw LargeModelError(
            error.kind,
            "the large model did not answer \(unanswered) of \(done) rows asked, so there are no figures: \(error.words)"
          )
        }
      }
    }
  }

  /// Such as `rows, 2 without an answer: HTTP 429`.
  public var note: String {
    let count = unanswered > 0 ? "\(unanswered) without an answer" : ""
    let parts = [count, trouble ?? ""].filter { !$0.isEmpty }
    return parts.isEmpty ? "rows" : "rows, \(parts.joined(separator: ": "))"
  }

  /// Held by the tasks that ask.
  final class Shared: Sendable {
    private let state: Mutex<AskingProgress>

    init(_ progress: AskingProgress) { state = Mutex(progress) }

    /// - Returns: the progress after the change.
    func update<Failure: Error>(
      _ change: (inout AskingProgress) throws(Failure) -> Void
    ) throws(Failure) -> AskingProgress {
      try state.withLock { (progress) throws(Failure) in
        try change(&progress)
        return progress
      }
    }
  }
}

extension LargeModelError {
  /// What is wrong, with the last attempt's words.
  var words: String { attempts.last.map { "\(description); \($0)" } ?? description }
}
