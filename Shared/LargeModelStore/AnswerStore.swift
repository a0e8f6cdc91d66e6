import LargeModelFlow

/// Where a large model's answers are kept, to be given again: in the database of a running system, or in a file.
public protocol AnswerStore: Sendable {
  /// The answer to a question; `nil` where none is kept.
  func answer(to key: AnswerKey) async throws -> CachedAnswer?
  /// Keeps an answer; a later one to the same question replaces it.
  func keep(_ answer: CachedAnswer, for key: AnswerKey) async throws
}

/// A task's answers in the database, for a time.
struct TaskAnswers: AnswerStore {
  let store: LargeModelStore
  let task: String
  let timeToLive: Duration

  func answer(to key: AnswerKey) async throws -> CachedAnswer? { try await store.cachedAnswer(key) }

  func keep(_ answer: CachedAnswer, for key: AnswerKey) async throws {
    try await store.cache(answer, for: key, of: task, timeToLive: timeToLive)
  }
}

extension LargeModelStore {
  /// A task's answers, each given again for `timeToLive`.
  public func answers(of task: String, timeToLive: Duration) -> any AnswerStore {
    TaskAnswers(store: self, task: task, timeToLive: timeToLive)
  }
}
