import Classification
import Content
import Datasets
import LargeModel
import SmallModel
import Tasks

/// Looks at rows as a router and a large-model worker would, and asks nothing: which are hard, and what their questions take.
public struct StreamSurvey: Sendable {
  private let task: TaskDefinition
  private let labels: LabelIndex
  private let server: (any ServedLargeModel)?
  private let classifiers: (cascade: SmallModelCascade, card: ModelCard)?
  private let captioners: CaptionCascade?

  /// A survey of a task with labels.
  /// - Parameters:
  ///   - stages: the small models in their order, S1 first; none where the large model answers everything.
  ///   - labels: the task's, in the order of the classes.
  ///   - server: the large model, where it is one; nothing is asked of it.
  /// - Throws: what keeps a small model from answering.
  public init(
    _ task: TaskDefinition, labels: [String], stages: [SmallModelCascade.Stored], server: (any ServedLargeModel)?
  ) throws {
    (self.task, self.labels, self.server, captioners) = (task, LabelIndex(labels), server, nil)
    classifiers = try stages.first.map { first in (try SmallModelCascade(stages), first.artifact.card) }
  }

  /// A survey of a task with captions.
  /// - Parameter stages: the captioners in their order; none where the large model answers everything.
  /// - Throws: what keeps a captioner from answering.
  public init(
    _ task: TaskDefinition, captioners stages: [CaptionScoring.Stored], server: (any ServedLargeModel)?
  ) throws {
    (self.task, labels, self.server, classifiers) = (task, LabelIndex([]), server, nil)
    captioners = stages.isEmpty ? nil : try CaptionCascade(stages)
  }

  /// What the models say of rows.
  /// - Throws: `DatasetError` for a picture whose bytes are not at hand; what keeps a small model from answering.
  public func look(at rows: [DataRow]) throws -> StreamForecast.Looked {
    for row in rows { try row.checkImage() }
    var looked = StreamForecast.Looked()
    looked.count = rows.count
    let readable = rows.filter { isReadable($0.input) }
    looked.unreadable = rows.count - readable.count
    let hard = try hardQuestions(readable)
    looked.hard = hard.count
    looked.hardQuestions = sum(hard)
    looked.allQuestions = sum(readable.map(plainQuestion))
    return looked
  }

  /// Whether small models and large model find what they read, as the router asks of a sample.
  private func isReadable(_ input: Input) -> Bool {
    let needed = classifiers?.cascade.reads ?? captioners?.reads ?? []
    return needed.allSatisfy(input.holds) && task.largeModel.traits.reads.contains(where: input.holds)
  }

  private func sum(_ questions: [LargeModelRequest]) -> QuestionEstimate {
    guard let server else { return QuestionEstimate() }
    return questions.reduce(QuestionEstimate()) { $0 + server.estimate($1) }
  }

  /// The question that no small model stands before.
  private func plainQuestion(_ row: DataRow) -> LargeModelRequest {
    switch task.reply {
    case .label: LargeModelRequest(id: row.id, input: row.input, candidates: Array(labels.names.indices))
    case .caption: LargeModelRequest(captionOf: row.input, id: row.id)
    }
  }

  private func hardQuestions(_ rows: [DataRow]) throws -> [LargeModelRequest] {
    if let classifiers { return try hardQuestions(rows, classifiers.cascade, classifiers.card) }
    if let captioners { return try hardQuestions(rows, captioners) }
    return rows.map(plainQuestion)
  }

  private func hardQuestions(
    _ rows: [DataRow], _ cascade: SmallModelCascade, _ card: ModelCard
  ) throws -> [LargeModelRequest] {
    guard !rows.isEmpty else { return [] }
    let said = try CascadePredictions(cascade, inputs: rows.map(\.input))
    let small = said.pruning(labels: labels, prior: card.prior, lastStage: cascade.stages.count - 1)
    let pruner = PromptPruner(
      settings: task.pruning, mode: task.pruning.chosenMode ?? card.pruning, classCount: labels.names.count,
      facts: card.facts)
    return rows.indices.filter { said.easy($0) == nil }.map { index in
      pruner.question(id: rows[index].id, input: rows[index].input, small: small[index]).request
    }
  }

  private func hardQuestions(_ rows: [DataRow], _ cascade: CaptionCascade) throws -> [LargeModelRequest] {
    guard !rows.isEmpty else { return [] }
    let said = try cascade.shunt(rows.map(\.input), scratch: PredictionScratch())
    let pruner = PromptPruner(settings: task.pruning, classCount: 0, facts: nil)
    return rows.indices.filter { said.decisions[$0] == .hard }.map { index in
      let last = (0..<cascade.stages.count).reversed().lazy.compactMap { said.caption(ofStage: $0, sample: index) }
        .first
      let suggestion = last.map { LargeModelRequest.Suggestion(caption: $0.text, confidence: $0.confidence) }
      return pruner.question(captionOf: rows[index].input, id: rows[index].id, suggestion: suggestion).request
    }
  }
}
