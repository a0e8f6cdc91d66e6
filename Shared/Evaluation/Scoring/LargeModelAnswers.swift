import Datasets
import LargeModel
import Tasks

/// What the large model says of rows, each asked once.
public struct LargeModelAnswers: Sendable {
  /// [pruners][rows]: what came of the answer; `nil` where there was none.
  public let conclusions: [[PromptPruner.Conclusion?]]
  /// [rows]: the probability of the large model's own best label, before any small model is weighed in; `nil` where it
  /// gave none.
  public let best: [Float?]

  /// [rows]: why there was no answer; `nil` where there was one.
  public let failures: [LargeModelError?]

  /// How many rows are asked in one call, and how many calls are under way.
  public struct Batching: Sendable {
    var rows = 256
    var calls = 1

    /// Large batches, one after the other: an encoder is the faster the more it has at once.
    public init() {}

    /// A server is asked row by row, as many at once as it takes, so that each failure is heard of when it happens.
    /// - Parameter concurrency: how many; `nil` for a model in this process.
    init(concurrency: Int?) {
      if let concurrency { (rows, calls) = (1, concurrency) }
    }
  }

  /// Asks about each row.
  /// - Parameters:
  ///   - pruners: each concludes from the same answers, so they must leave the same candidates.
  ///   - small: [rows][classes], what the small model holds probable.
  ///   - progress: called as answers come, and each second while none do.
  /// - Throws: `LargeModelError` as soon as more rows are without an answer than a figure may leave out, or the model as
  ///   a whole cannot answer.
  public static func ask(
    _ model: any LargeModel, about rows: [DataRow], pruners: [PromptPruner], small: [[Float]],
    batching: Batching = Batching(), progress: @escaping @Sendable (AskingProgress) -> Void = { _ in }
  ) async throws -> LargeModelAnswers {
    let questions = pruners.map { Self.questions(about: rows, pruner: $0, small: small) }
    let results = try await ask(model, questions[0].map(\.request), batching, progress)
    var best: [Float?] = []
    var failures: [LargeModelError?] = []
    var conclusions = [[PromptPruner.Conclusion?]](repeating: [], count: pruners.count)
    for (row, result) in results.enumerated() {
      switch result {
      case .success(let answer):
        best.append(answer.confidence)
        failures.append(nil)
        for index in pruners.indices {
          conclusions[index].append(pruners[index].conclude(questions[index][row], answer))
        }
      case .failure(let error):
        best.append(nil)
        failures.append(error)
        for index in pruners.indices { conclusions[index].append(nil) }
      }
    }
    return LargeModelAnswers(conclusions: conclusions, best: best, failures: failures)
  }

  /// A question a row.
  static func questions(about rows: [DataRow], pruner: PromptPruner, small: [[Float]]) -> [PromptPruner.Question] {
    rows.indices.map { pruner.question(id: rows[$0].id, input: rows[$0].input, small: small[$0]) }
  }

  typealias Answer = Result<LargeModelAnswer, LargeModelError>

  /// Asks each request.
  /// - Returns: in the requests' order.
  static func ask(
    _ model: any LargeModel, _ requests: [LargeModelRequest], _ batching: Batching,
    _ progress: @escaping @Sendable (AskingProgress) -> Void
  ) async throws -> [Answer] {
    let state = AskingProgress.Shared(AskingProgress(total: requests.count))
    let starts = stride(from: 0, to: requests.count, by: batching.rows)
    return try await withThrowingTaskGroup(of: (start: Int, answers: [Answer])?.self) { group in
      group.addTask {
        // Tells each second that the command is alive, and what it waits for.
        while true {
          try await Task.sleep(for: .seconds(1))
          progress(state.update { $0.trouble = model.trouble })
        }
      }
      var (waiting, answers) = (starts.makeIterator(), [(start: Int, answers: [Answer])]())
      func askNext() {
        guard let start = waiting.next() else { return }
        let batch = Array(requests[start..<min(start + batching.rows, requests.count)])
        group.addTask { (start, try await model.answer(batch)) }
      }
      for _ in 0..<batching.calls { askNext() }
      while answers.count < starts.underestimatedCount, let next = try await group.next() {
        guard let next else { continue }
        answers.append(next)
        progress(try state.update { try $0.add(next.answers) })
        askNext()
      }
      group.cancelAll()
      return answers.sorted { $0.start < $1.start }.flatMap(\.answers)
    }
  }
}
