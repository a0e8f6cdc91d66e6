import Cascade
import Evaluation
import Foundation
import Postgres
import ResultStore

extension Deployment {
  /// What a task is worth, by what is recorded of it. Nothing is asked.
  /// - Parameter limit: hard samples, and audits, that are compared at most: the newest.
  /// - Throws: `PostgresError`.
  public func report(task: String, newest limit: Int) async throws -> TaskReport {
    let connection = try Connection(database("command"))
    let store = ResultStore(connection, backoff: Backoff(attempts: 5))
    let report = TaskReport(
      task: task, worth: try await store.worth(task: task), pace: try await store.pace(task: task),
      costOfAnswer: try await store.costOfLargeAnswer(task: task),
      compared: try await store.compared(task: task, limit: limit), hard: try await store.hardCount(task: task))
    await connection.close()
    return report
  }
}

extension TaskReport {
  /// - Parameters:
  ///   - worth: of each answerer, and of the audits.
  ///   - costOfAnswer: of the large model, in US dollars; `nil` where nothing was paid.
  ///   - hard: how many hard samples the specific model has spoken on.
  init(
    task: String, worth: [ResultStore.AnswererWorth], pace: ResultStore.Pace?, costOfAnswer: Double?,
    compared: [ResultStore.ComparedAnswer], hard: Int
  ) {
    let answerers = worth.filter { $0.answeredBy != "audit" }
    let total = answerers.reduce(0) { $0 + $1.answers }
    let audits = worth.filter { $0.answeredBy == "audit" }
    self.task = task
    self.answerers = answerers.map { Answerer($0, of: total) } + (total > 0 ? [Answerer(all: answerers, total)] : [])
    self.audits = Audits(
      count: audits.reduce(0) { $0 + $1.answers }, cost: audits.reduce(0) { $0 + $1.cost })
    day = pace.flatMap { Day($0, costOfAnswer: costOfAnswer ?? 0) }
    let easy = answerers.filter { $0.answeredBy != AnsweredBy.large.rawValue }.reduce(0) { $0 + $1.answers }
    comparison =
      compared.isEmpty
      ? nil
      : Comparison(
        StreamWorth(compared.map(ComparedSample.init), easy: easy, hard: hard), day: day,
        costOfAnswer: costOfAnswer ?? 0)
  }
}

extension TaskReport.Answerer {
  fileprivate init(_ worth: ResultStore.AnswererWorth, of total: Int) {
    self.init(
      answeredBy: worth.answeredBy, answers: worth.answers, share: Double(worth.answers) / Double(max(1, total)),
      audits: worth.audits.count,
      parity: .binomial(Double(worth.audits.agreeing), of: worth.audits.count), judged: worth.judged.count,
      accuracy: .binomial(worth.judged.quality, of: worth.judged.count), estimatedAccuracy: worth.meanConfidence,
      cost: worth.cost)
  }

  fileprivate init(all worths: [ResultStore.AnswererWorth], _ total: Int) {
    let audits = worths.reduce((count: 0, agreeing: 0)) {
      ($0.count + $1.audits.count, $0.agreeing + $1.audits.agreeing)
    }
    let judged = worths.reduce((count: 0, quality: 0.0)) {
      ($0.count + $1.judged.count, $0.quality + $1.judged.quality)
    }
    // Only where each answerer has confidences do they say anything of all answers.
    let isKnown = worths.allSatisfy { $0.meanConfidence != nil }
    let promised = worths.reduce(0) { $0 + Double($1.answers) * ($1.meanConfidence ?? 0) }
    self.init(
      answeredBy: "all", answers: total, share: 1, audits: audits.count,
      parity: .binomial(Double(audits.agreeing), of: audits.count), judged: judged.count,
      accuracy: .binomial(judged.quality, of: judged.count),
      estimatedAccuracy: isKnown ? promised / Double(total) : nil, cost: worths.reduce(0) { $0 + $1.cost })
  }
}

extension TaskReport.Day {
  /// - Returns: `nil` for a stream of one moment.
  fileprivate init?(_ pace: ResultStore.Pace, costOfAnswer: Double) {
    let seconds = pace.to.timeIntervalSince(pace.from)
    guard seconds >= 1 else { return nil }
    let days = seconds / 86_400
    self.init(
      answers: Double(pace.answers) / days, questions: Double(pace.largeAnswers) / days, cost: pace.cost / days,
      costOfLargeAlone: Double(pace.answers) / days * costOfAnswer)
  }
}

extension TaskReport.Comparison {
  fileprivate init(_ worth: StreamWorth, day: TaskReport.Day?, costOfAnswer: Double) {
    self.init(
      samples: worth.counts.compared, judged: worth.counts.judged,
      twoByTwo: worth.counts.judged > 0 ? worth.twoByTwo : nil,
      prices: TaskReport.targets.map { target in
        let point = worth.cheapest(parity: target)
        let questions = point.flatMap { point in day.map { $0.answers * point.queryShare } }
        return TaskReport.Price(
          parity: target, point: point, questionsADay: questions, costADay: questions.map { $0 * costOfAnswer })
      },
      best: worth.best, cheapest: worth.cheapest, curve: worth.thinned(to: 200))
  }
}

extension ComparedSample {
  fileprivate init(_ answer: ResultStore.ComparedAnswer) {
    self.init(
      confidence: answer.confidence, isAudit: answer.isAudit, agreement: answer.agrees.map { $0 ? 1 : 0 },
      quality: answer.specificQuality.flatMap { specific in answer.largeQuality.map { (specific, $0) } })
  }
}
