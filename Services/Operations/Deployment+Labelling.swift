import Cascade
import Content
import Evaluation
import Foundation
import Postgres
import ResultStore
import Tasks

/// Samples that a person is to label, those worth most first, and where the labels go.
public struct Labelling: Sendable {
  /// One sample as it is shown.
  public struct Shown: Sendable {
    /// Why it is worth a label, and what the models say.
    public let candidate: LabelCandidate
    /// Its input.
    public let input: Input
  }

  /// In the order in which they are shown.
  public let samples: [Shown]
  private let task: LabelledTask
  private let by: String
  private let store: ResultStore

  /// Records labels of some of the samples, by their places.
  /// - Throws: `PostgresError`; `TaskError` where the database refuses one.
  public func record(_ said: [LabellingSession.Said]) async throws {
    guard !said.isEmpty else { return }
    let labelled = try await store.write(
      labels: said.map { said in
        GoldLabelRow(
          task: task.name, id: samples[said.place].candidate.id, truth: said.truth, by: by, labelledAt: Date())
      })
    if let refused = labelled.refused.first { throw TaskError("a label \(refused.reason)") }
  }

  init(_ task: LabelledTask, by: String, store: ResultStore, newest: Int, count: Int) async throws {
    (self.task, self.by, self.store) = (task, by, store)
    let answers = try await store.unlabelled(task: task.name, limit: newest)
    let inputs = Dictionary(answers.map { ($0.answer.id, $0.answer.input) }, uniquingKeysWith: { first, _ in first })
    samples = LabelChoice.choose(answers.map(LabelCandidate.init), count: count).map { candidate in
      Shown(candidate: candidate, input: inputs[candidate.id] ?? Input())
    }
  }
}

extension Deployment {
  /// The samples of a task that are worth a person's word.
  /// - Parameters:
  ///   - by: who says it.
  ///   - newest: so many of the newest answers without a known truth are looked at.
  ///   - count: so many are shown at most.
  public func labelling(_ task: LabelledTask, by: String, newest: Int, count: Int) async throws -> Labelling {
    let store = ResultStore(try Connection(database("command")), backoff: Backoff(attempts: 5))
    return try await Labelling(task, by: by, store: store, newest: newest, count: count)
  }
}

extension LabelCandidate {
  fileprivate init(_ unlabelled: ResultStore.UnlabelledAnswer) {
    let answer = unlabelled.answer
    let given = Opinion(answer.reply.text, confidence: answer.confidence)
    let isLarge = answer.answeredBy == .large
    self.init(
      id: answer.id, text: answer.text, picture: answer.image.map(Self.identity), answer: given,
      specific: answer.specific.map { Opinion($0.reply.text, confidence: $0.confidence) },
      large: isLarge ? given : unlabelled.audit.map { Opinion($0.reply.text, confidence: $0.confidence) })
  }

  /// Of the same picture the same.
  private static func identity(_ image: ImageSource) -> String {
    switch image {
    case .data(let bytes, _): "\(bytes.count):\(bytes.hashValue)"
    case .url(let url, _, _): url
    }
  }
}
