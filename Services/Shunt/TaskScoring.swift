import Classification
import Datasets
import Encoders
import Evaluation
import Foundation
import LargeModel
import LargeModelStore
import Operations
import SmallModel
import Tasks
import Terminal

/// A task's models, loaded and ready to be scored on labelled rows.
struct TaskScoring {
  let definition: TaskDefinition
  let artifact: SmallModelArtifact
  let scoring: ShuntScoring
  private let inputs: LabelledInputs
  private let server: PaidServer?
  private let step: @Sendable (EvaluationStep) -> Void

  /// A server whose answers are kept.
  private struct PaidServer {
    let model: any ServedLargeModel
    let cached: CachedLargeModel
    let file: URL
  }

  /// - Parameter data: the file of labelled rows.
  /// - Throws: what is wrong with files, models or rows.
  init(
    _ option: TaskOption, _ rows: RowsOptions, data: String, learnable: String? = nil,
    step: @escaping @Sendable (EvaluationStep) -> Void
  ) async throws {
    definition = try option.definition()
    artifact = try SmallModelArtifact(contentsOf: option.files.specific)
    let labels = artifact.card.labels
    let rows = try rows.labelled(data, labels: labels)
    inputs = try LabelledInputs(rows, labels: LabelIndex(labels))
    FileNotes.say(DataWarnings.heldOut(rows), of: data)
    let hasHead = FileManager.default.fileExists(atPath: option.files.head.path)
    let isRecorded = rows.contains { $0.recordedAnswer != nil }
    let large = try await LargeModelFactory(models: ModelsFolder()).make(
      definition, labels: labels, head: hasHead ? LinearHead(contentsOf: option.files.head) : nil,
      recording: isRecorded ? rows : nil)
    let file = option.files.largeModelAnswers
    server = try large.server.map { [definition] model in
      let store = try AnswerFile(file)
      return PaidServer(
        model: model,
        cached: CachedLargeModel(large, task: definition.name, labels: LabelIndex(labels), store: store), file: file)
    }
    self.step = step
    let learnable = try learnable.map { try SmallModelArtifact(contentsOf: URL(fileURLWithPath: $0)) }
    var stages: [SmallModelCascade.Stored] = [(.specific, artifact)]
    if let learnable { stages.append((.learnable, learnable)) }
    if FileManager.default.fileExists(atPath: option.files.intermediate.path) {
      stages.append((.intermediate, try SmallModelArtifact(contentsOf: option.files.intermediate)))
    }
    scoring = try ShuntScoring(task: definition, stages: stages, large: server?.cached ?? large, step: step)
  }

  /// Asks all models; of a server it is said before what that takes, and it is asked one question first.
  /// - Parameter modes: `nil` for all that can change something.
  /// - Throws: what the server says where it does not answer.
  func answers(pruning modes: [PruningMode]?, named name: String) async throws -> [PruningMode: ShuntScoring.Answers] {
    let modes = modes ?? scoring.possibleModes
    if let server { try await prepare(server, try scoring.questions(inputs, pruning: modes)) }
    return try await scoring.answers(inputs, pruning: modes, name: name)
  }

  private func prepare(_ server: PaidServer, _ questions: [LargeModelRequest]) async throws {
    let open = try await server.cached.unanswered(questions)
    let cost = open.reduce(0) { $0 + server.model.estimatedCost($1) }
    let price =
      definition.largeModel.traits.hasPrice
      ? "at most \(NumberText.fixed(cost, decimals: 4)) by its prices"
      : "at a cost that nobody knows without large_model.chat_completions.prices"
    step(
      .stage(
        open.isEmpty
          ? "the large model is not asked: \(questions.count) of \(questions.count) answers are in \(server.file.path)"
          : "the large model is asked \(open.count) questions, \(price); \(questions.count - open.count) of "
            + "\(questions.count) answers are there already, and all are kept in \(server.file.path)"))
    guard !open.isEmpty else { return }
    if cost > 0, Terminal.standardInput.isInteractive {
      StandardError.show("Go on? [Y/n] ")
      if readLine()?.lowercased().hasPrefix("n") == true { throw CommandError("nothing was asked") }
    }
    step(.stage("asking the large model one question first"))
    do { step(.stage("  \(try await LargeModelCheck(definition, labels: artifact.card.labels).ask())")) } catch {
      throw CommandError("the large model cannot be asked, so nothing is measured or written: \(error)")
    }
  }
}
