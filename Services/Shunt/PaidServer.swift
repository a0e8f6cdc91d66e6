import Classification
import Evaluation
import Foundation
import LargeModel
import LargeModelStore
import Operations
import Tasks
import Terminal

/// A large model behind a server whose answers are kept in a task's folder, so that each is paid for once.
struct PaidServer {
  /// The model, which gives kept answers again.
  let cached: CachedLargeModel
  private let model: any ServedLargeModel
  private let task: TaskDefinition
  private let labels: [String]
  private let file: URL
  private let step: @Sendable (EvaluationStep) -> Void

  /// - Parameter file: where answers are kept.
  /// - Returns: `nil` for a large model in this process.
  init?(
    _ large: any LargeModel, task: TaskDefinition, labels: [String], file: URL,
    step: @escaping @Sendable (EvaluationStep) -> Void
  ) throws {
    guard let model = large.server else { return nil }
    (self.model, self.task, self.labels, self.file, self.step) = (model, task, labels, file, step)
    cached = CachedLargeModel(large, task: task.name, labels: LabelIndex(labels), store: try AnswerFile(file))
  }

  /// Says what asking takes, and asks one question first.
  /// - Throws: what the server says where it does not answer; `CommandError` where somebody says no.
  func prepare(_ questions: [LargeModelRequest]) async throws {
    let open = try await cached.unanswered(questions)
    let asking = AskingForecast(
      open.reduce(QuestionEstimate()) { $0 + model.estimate($1) }, count: open.count, traits: task.largeModel.traits)
    step(
      .stage(
        open.isEmpty
          ? "the large model is not asked: \(questions.count) of \(questions.count) answers are in \(file.path)"
          : "the large model is asked \(open.count) questions: \(AskingText.words(asking)); \(questions.count - open.count) of "
            + "\(questions.count) answers are there already, and all are kept in \(file.path)"))
    guard !open.isEmpty else { return }
    if let cost = asking.cost, cost.most > 0, Terminal.standardInput.isInteractive {
      StandardError.show("Go on? [Y/n] ")
      if readLine()?.lowercased().hasPrefix("n") == true { throw CommandError("nothing was asked") }
    }
    step(.stage("asking the large model one question first"))
    do { step(.stage("  \(try await LargeModelCheck(task, labels: labels).ask())")) } catch {
      throw CommandError("the large model cannot be asked, so nothing is measured or written: \(error)")
    }
  }
}
