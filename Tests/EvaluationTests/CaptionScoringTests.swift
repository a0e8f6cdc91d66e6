import Cascade
import Content
import Datasets
import Encoders
import Foundation
import LargeModel
import SmallModel
import Testing

@testable import Evaluation

/// A captioner that reads from a text what it says and how sure it is: `a dog runs|0.9`.
private struct ReadingCaptioner: CaptionerNetwork, CaptionPredictor, TrainableCaptioner, CaptionerRecipe {
  var training = TrainingSettings()
  var architecture: Architecture { .textCNN }
  var reads: Set<Input.Kind> { [.text] }

  func contents() throws -> NetworkContents { throw EvaluationError("is kept in no file") }
  func predictor(_ card: ModelCard, _ options: PredictorOptions) throws -> any CaptionPredictor {
    Calibrated(card: card)
  }
  func trainable(_ encoders: EncoderLibrary) throws -> any TrainableCaptioner { self }

  func captions(_ rows: [Int], of inputs: [Input], scratch: PredictionScratch) throws -> [GeneratedCaption] { [] }
  func distributions(
    _ rows: [Int], of inputs: [Input], scratch: PredictionScratch
  ) throws -> [CaptionDistribution] { [] }

  func trained(
    on sets: [CaptionExamples], heldOut: CaptionExamples?, settings: TrainingSettings,
    progress: @escaping @Sendable (TrainingEpoch) -> Void
  ) async throws -> TrainedCaptioner { TrainedCaptioner(network: self, epochs: [], temperature: 1) }

  func train(
    _ examples: CaptionExamples, heldOut: CaptionExamples?, encoders: EncoderLibrary,
    progress: @escaping @Sendable (TrainingEpoch) -> Void
  ) async throws -> TrainedCaptioner {
    try await trained(on: [examples], heldOut: heldOut, settings: training, progress: progress)
  }

  private struct Calibrated: CaptionPredictor {
    let card: ModelCard
    var reads: Set<Input.Kind> { [.text] }

    func captions(_ rows: [Int], of inputs: [Input], scratch: PredictionScratch) throws -> [GeneratedCaption] {
      try rows.map { row in
        let parts = (inputs[row].text ?? "").split(separator: "|")
        return GeneratedCaption(
          text: String(parts[0]), meanLogProbability: log(try #require(Float(parts[1]))), tokens: 1,
          calibration: card.calibration)
      }
    }

    func distributions(
      _ rows: [Int], of inputs: [Input], scratch: PredictionScratch
    ) throws -> [CaptionDistribution] { [] }
  }
}

/// Says of each row what a table has; of others it has no answer. With the small model's caption in view it says that one
/// where it was sure.
private struct TableCaptioner: LargeModel {
  let captions: [String: String]
  var version: String { "table" }

  func answer(_ requests: [LargeModelRequest]) async throws -> [Result<LargeModelAnswer, LargeModelError>] {
    requests.map { request in
      let suggested = request.suggestion.flatMap { $0.confidence > 0.9 ? $0.caption : nil }
      return captions[request.id ?? ""].map { suggested ?? $0 }.map {
        .success(LargeModelAnswer(caption: $0, confidence: 0.5, promptTokens: 0, completionTokens: 0, cost: 0))
      } ?? .failure(LargeModelError(.noAnswer, "is not in the table"))
    }
  }
}

@Suite struct CaptionScoringTests {
  private static let right = "a brown dog runs over the green grass"
  private static let wrong = "two men sit on a bench"

  /// 40 rows: the small captioner is right and sure on the first half, wrong and unsure on the other; the large one is right
  /// on the other half only.
  private static let rows = (0..<40).map { index in
    let isSure = index < 20
    return DataRow(
      id: "\(index)", input: .text(isSure ? "\(right)|0.9" : "\(wrong)|0.2"), captions: ["A dog runs .", "\(right) ."])
  }
  private static let large = TableCaptioner(
    captions: Dictionary(uniqueKeysWithValues: rows.indices.map { ("\($0)", $0 < 20 ? wrong : right) }))

  private func calibrated() async throws -> CaptionerArtifact {
    let inputs = try CaptionedInputs(Self.rows)
    return try await CaptionerTraining(task: "t", encoders: EncoderLibrary())
      .train(ReadingCaptioner(), as: .specific, on: inputs, heldOut: inputs)
  }

  private func scoring(_ large: TableCaptioner = large) async throws -> CaptionScoring {
    try CaptionScoring(stages: [(.specific, try await calibrated())], large: large, concurrency: nil)
  }

  @Test func confidenceIsTheQualityToBeExpected() async throws {
    let artifact = try await calibrated()
    #expect(artifact.card.labels.isEmpty && artifact.card.version.hasPrefix("t-"))
    let captions = try artifact.predictor().captions([Self.rows[0].input, Self.rows[39].input])
    #expect(captions[0].confidence > 0.95 && captions[1].confidence < 0.3)
  }

  @Test func theThresholdIsChosenOnTheMeanQuality() async throws {
    let scoring = try await scoring()
    let answers = try await scoring.answers(CaptionedInputs(Self.rows), name: "held-out")
    let choice = try scoring.choice(answers, by: .bestAccuracy)
    #expect(choice.point.queryShare == 0.5 && choice.point.accuracy == 1 && choice.point.easyErrors == 0)
    let figures = try choice.scoring.figures(answers)
    #expect(figures.shunt.bleu == 1 && figures.shunt.queryShare == 0.5 && figures.shunt.quality == 1)
    #expect(figures.small.bleu < 0.9 && figures.large.bleu < 0.9 && figures.large.queryShare == 1)
    #expect(figures.confidence.riskCoverage.share == 1 && figures.confidence.advantageCorrelation > 0.9)
    #expect(try choice.scoring.curve(answers) == choice.curve)
  }

  @Test func aLargeModelThatSeesTheSmallOnesCaptionHasFiguresWithAndWithoutIt() async throws {
    let scoring = try CaptionScoring(
      stages: [(.specific, try await calibrated())], large: Self.large, suggests: true, concurrency: nil)
    let inputs = try CaptionedInputs(Self.rows)
    let answers = try await scoring.answers(inputs, name: "held-out", asksAlone: true)
    let figures = try scoring.choice(answers, by: .bestAccuracy).scoring.figures(answers)
    #expect(figures.large.bleu < 0.9 && figures.prompted?.bleu == 1 && figures.prompted?.queryShare == 1)
    let once = try await scoring.answers(inputs, name: "held-out")
    let seen = try scoring.choice(once, by: .bestAccuracy).scoring.figures(once)
    #expect(seen.large.bleu == 1 && seen.prompted == nil)
  }

  @Test func rulesThatBoundTheMeanHoldForQualities() async throws {
    let scoring = try await scoring()
    let answers = try await scoring.answers(CaptionedInputs(Self.rows), name: "held-out")
    let rule = ThresholdRule.riskControlled(error: 0.2, alpha: 0.05)
    #expect(try scoring.choice(answers, by: rule).point.queryShare == 0.5)
    #expect(throws: ThresholdError.self) { try scoring.choice(answers, by: .accuracyFloor(1.01)) }
    let near = try scoring.choice(answers, by: .nearBest(margin: 0.6))
    #expect(near.point.queryShare == 0)
  }

  @Test func eachPictureHasWhoAnsweredIt() async throws {
    let scoring = try await scoring()
    let answers = try await scoring.answers(CaptionedInputs(Self.rows), name: "held-out")
    let outcomes = try scoring.choice(answers, by: .bestAccuracy).scoring.outcomes(answers)
    #expect(outcomes.map(\.asksLarge) == (0..<40).map { $0 >= 20 })
    #expect(outcomes.allSatisfy { $0.answer == Self.right && $0.large.confidence == 0.5 })
    #expect(outcomes[0].small.quality == 1 && outcomes[39].small.text == Self.wrong)
  }

  @Test func rowsWithoutAnAnswerAreLeftOut() async throws {
    var large = Self.large.captions
    large["3"] = nil
    let scoring = try await scoring(TableCaptioner(captions: large))
    let answers = try await scoring.answers(CaptionedInputs(Self.rows), name: "held-out")
    #expect(answers.rows.count == 39 && !answers.rows.contains { $0.id == "3" })
    for id in 4..<10 { large["\(id)"] = nil }
    let other = try await self.scoring(TableCaptioner(captions: large))
    await #expect(throws: LargeModelError.self) {
      try await other.answers(CaptionedInputs(Self.rows), name: "held-out")
    }
  }

  @Test func aRowWithoutCaptionsIsNamed() {
    let error = #expect(throws: DatasetError.self) { try CaptionedInputs([DataRow(id: "7", text: "x", number: 3)]) }
    #expect(error?.description.contains("row 3, \"7\", has no captions") == true)
  }
}
