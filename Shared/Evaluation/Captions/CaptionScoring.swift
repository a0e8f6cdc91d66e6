import Cascade
import Content
import Datasets
import Foundation
import LargeModel
import SmallModel
import Tasks

/// Scores captioners and a large model, each alone and shunted.
public struct CaptionScoring: Sendable {
  /// A captioner and the part it plays.
  public typealias Stored = (answeredBy: AnsweredBy, artifact: CaptionerArtifact)

  /// The captioners in their order, S1 first.
  public private(set) var stages: [Stored]
  private let predictors: [any CaptionPredictor]
  private let large: any LargeModel
  private let suggests: Bool
  private let batching: LargeModelAnswers.Batching
  private let step: @Sendable (EvaluationStep) -> Void

  /// - Parameters:
  ///   - stages: the captioners in their order, S1 first.
  ///   - suggests: whether the large model sees S1's caption (a soft prompt).
  ///   - concurrency: how many calls a server takes at once; `nil` for a model in this process.
  /// - Throws: `EvaluationError` without a captioner; what keeps one from answering.
  public init(
    stages: [Stored], large: any LargeModel, suggests: Bool = false, concurrency: Int?,
    options: PredictorOptions = PredictorOptions(),
    step: @escaping @Sendable (EvaluationStep) -> Void = { _ in }
  ) throws {
    guard !stages.isEmpty else { throw EvaluationError("there is no small model to score") }
    self.stages = stages
    predictors = try stages.map { try $0.artifact.predictor(options) }
    (self.large, self.suggests) = (large, suggests)
    batching = LargeModelAnswers.Batching(concurrency: concurrency)
    self.step = step
  }

  /// What all models say of captioned inputs.
  public struct Answers: Sendable {
    /// What they were asked about, and what the large model says.
    let samples: CaptionSamples
    /// What the large model says without S1's caption, [samples], where it was asked both ways.
    let alone: [String]?
    /// The rows; those to which the large model gave no answer are left out.
    public let rows: [DataRow]
    /// [stages]
    let small: [CaptionSamples.Answers]

    /// The rows with the large model's captions, as the distiller judges candidates on them.
    public var heldOutRows: [HeldOutRow] {
      zip(rows, samples.large).map { row, large in
        HeldOutRow(
          id: row.id, input: row.input, truth: .captions(row.captions), category: row.category,
          large: .caption(large.text), largeConfidence: large.confidence.map { min($0, 1) })
      }
    }
  }

  /// Asks all models about every input.
  /// - Parameter asksAlone: whether a large model that sees S1's caption is asked without it, too, for figures of its own.
  /// - Throws: what they fail with; `LargeModelError` where more rows are without an answer than figures may leave out.
  public func answers(_ inputs: CaptionedInputs, name: String, asksAlone: Bool = false) async throws -> Answers {
    let said = try predictors.map { try $0.captions(inputs.inputs) }
    step(.stage("the large model's captions of \(inputs.rows.count) \(name) pictures"))
    let answers = try await captions(questions(inputs, suggests ? said[0] : nil))
    let alone = asksAlone && suggests ? try await captions(questions(inputs, nil)) : nil
    var (kept, captions, captionsAlone) = ([Int](), [LargeCaption](), [String]())
    var failure: LargeModelError?
    for row in answers.indices {
      do throws(LargeModelError) {
        let (caption, captionAlone) = (try answers[row].get(), try alone?[row].get())
        kept.append(row)
        captions.append(caption)
        if let captionAlone { captionsAlone.append(captionAlone.text) }
      } catch { failure = failure ?? error }
    }
    if let failure { step(.leftOut(answers.count - kept.count, of: answers.count, name, because: failure)) }
    let rows = kept.map { inputs.rows[$0] }
    let samples = CaptionSamples(rows, large: captions)
    return Answers(
      samples: samples, alone: alone == nil ? nil : captionsAlone, rows: rows,
      small: said.map { said in samples.answers(kept.map { said[$0] }) })
  }

  private func captions(_ questions: [LargeModelRequest]) async throws -> [Result<LargeCaption, LargeModelError>] {
    try await LargeModelAnswers.ask(large, questions, batching) { [step] in
      step(.progress($0.note, $0.done, of: $0.total))
    }.map { $0.flatMap(\.captioned) }
  }

  /// What `answers` would ask the large model.
  public func questions(_ inputs: CaptionedInputs) throws -> [LargeModelRequest] {
    questions(inputs, suggests ? try predictors[0].captions(inputs.inputs) : nil)
  }

  /// - Parameter small: what S1 says of each, where the large model sees it.
  private func questions(_ inputs: CaptionedInputs, _ small: [GeneratedCaption]?) -> [LargeModelRequest] {
    inputs.rows.enumerated().map { index, row in
      let suggestion = small.map {
        LargeModelRequest.Suggestion(caption: $0[index].text, confidence: $0[index].confidence)
      }
      return LargeModelRequest(captionOf: row.input, id: row.id, suggestion: suggestion)
    }
  }

  /// The cascade with a threshold of its own for each captioner.
  public struct Choice: Sendable {
    /// The point of S1's curve.
    public let point: ThresholdCurve.Point
    /// The shunt at every threshold of S1.
    public let curve: ThresholdCurve
    /// Why a captioner after S1 answers nothing, one line each.
    public let notes: [String]
    /// The captioners with δ in their cards, ready to be scored.
    public let scoring: CaptionScoring
  }

  /// Chooses δ of all captioners by a rule on the mean quality, which for captions is their sentence BLEU.
  /// - Parameter renamedAt: another threshold answers otherwise, so it is another version, named after this moment; `nil` for
  ///   models that have none yet.
  /// - Throws: `ThresholdError` where no threshold of S1 satisfies the rule.
  public func choice(_ answers: Answers, by rule: ThresholdRule, renamedAt: Date? = nil) throws -> Choice {
    func fits(_ rule: ThresholdRule) -> [StageFit] {
      CascadeCalibration(samples: answers.samples, rule: rule).fit(open(answers), on: answers.samples.indices)
    }
    let fits = fits(rule.nearBest(of: [fits(.bestAccuracy)]))
    var scoring = self
    scoring.stages = try zip(stages, fits).map { stored, fit in
      var card = stored.artifact.card
      card.thresholds[ModelCard.shuntThreshold] = Double(fit.threshold)
      if let renamedAt {
        card.version = ModelVersionName.make(task: card.task, as: stored.answeredBy, createdAt: renamedAt)
      }
      return (stored.answeredBy, try stored.artifact.with(card))
    }
    return Choice(
      point: try fits[0].choice.get(), curve: fits[0].curve,
      notes: zip(stages, fits).compactMap { stage, fit in
        fit.failure.map { "the \(stage.answeredBy.rawValue) model answers nothing: \($0)" }
      }, scoring: scoring)
  }

  func open(_ answers: Answers) -> [Open<CaptionSamples.Answers>] {
    zip(stages, answers.small).map { stored, said in
      Open(answeredBy: stored.answeredBy, version: stored.artifact.card.version, temperature: 1, answers: said)
    }
  }

  /// The stages at the thresholds of their cards.
  func fitted(_ answers: Answers) throws -> [Fitted<CaptionSamples.Answers>] {
    try zip(stages, answers.small).map { stored, said in
      Fitted(stage: try stored.artifact.card.stage(stored.answeredBy), temperature: 1, answers: said)
    }
  }
}

extension LargeModelAnswer {
  /// The caption; an error where it is none.
  fileprivate var captioned: Result<LargeCaption, LargeModelError> {
    guard case .caption(let text, let confidence) = choice else {
      return .failure(LargeModelError(.noAnswer, "the large model answered with a label, not with a caption"))
    }
    return .success(LargeCaption(text: text, confidence: confidence))
  }
}
