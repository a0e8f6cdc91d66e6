import Cascade
import Classification
import Content
import Datasets
import Encoders
import Foundation
import Images
import LargeModel
import Tasks
import TestSupport
import Testing

@testable import Evaluation
@testable import SmallModel

/// A network that reads pictures: by the mean colour, the nearest class mean. What it proves is the way around it.
private struct MeanColour: SmallModelNetwork {
  /// [labels][3], 0 to 1.
  let means: [[Float]]
  var labelCount: Int { means.count }
  var architecture: Architecture {
    Architecture(
      name: "mean-colour", read: { _ in throw SmallModelError("is never stored") }, recipe: { _ in ColourRecipe() })
  }

  func contents() throws -> NetworkContents { NetworkContents(tensors: [:], metadata: [:]) }
  func trainable(_ encoders: EncoderLibrary) throws -> any TrainableNetwork { throw SmallModelError("cannot learn on") }
  func predictor(_ card: ModelCard, _ options: PredictorOptions) throws -> any SmallModelPredictor {
    Predictor(means: means)
  }

  /// Red, green and blue, 0 to 1.
  static func of(_ picture: Picture) -> [Float] {
    (0..<3).map { channel in
      let values = stride(from: channel, to: picture.pixels.count, by: 3).map { Float(picture.pixels[$0]) / 255 }
      return values.reduce(0, +) / Float(values.count)
    }
  }

  static func of(_ input: Input) throws -> [Float] { of(try ImageDecoder().decode(input.image?.fetched ?? [])) }

  struct Predictor: SmallModelPredictor {
    let means: [[Float]]
    var labelCount: Int { means.count }
    var reads: Set<Input.Kind> { [.image] }

    func predict(
      _ rows: [Int], of inputs: [Input], into logits: UnsafeMutableBufferPointer<Float>, scratch: PredictionScratch
    ) throws {
      try check(logits, rows: rows.count)
      for (place, row) in rows.enumerated() {
        let colour = MeanColour.of(try scratch.pictures.picture(row, of: inputs))
        for (label, mean) in means.enumerated() {
          // 2 m·x − |m|², so the network is linear.
          logits[place * labelCount + label] = zip(mean, colour).reduce(0) { $0 + 2 * $1.0 * $1.1 - $1.0 * $1.0 }
        }
      }
    }
  }
}

private struct ColourRecipe: NetworkRecipe {
  var training = TrainingSettings()

  func makes(_ network: any SmallModelNetwork) -> Bool { network is MeanColour }

  func train(
    _ examples: TrainingExamples, heldOut: TrainingExamples?, labels: [String], encoders: EncoderLibrary,
    progress: @escaping @Sendable (TrainingEpoch) -> Void
  ) async throws -> TrainedNetwork {
    guard case .labels(let classes) = examples.targets else { throw SmallModelError("wants labels") }
    let colours = try examples.inputs.map { try MeanColour.of($0) }
    let means = labels.indices.map { label in
      let own = zip(colours, classes).filter { $1 == label }.map(\.0)
      return (0..<3).map { channel in own.reduce(0) { $0 + $1[channel] } / Float(max(1, own.count)) }
    }
    return TrainedNetwork(network: MeanColour(means: means), epochs: [])
  }
}

/// Sees which channel is the strongest, and knows which are a little stronger than the others.
private struct ColourReader: LargeModel {
  let version = "colour-reader"

  func answer(_ requests: [LargeModelRequest]) async throws -> [Result<LargeModelAnswer, LargeModelError>] {
    try requests.map { request in
      let colour = try MeanColour.of(request.input)
      // Labels by the alphabet: blue, green, red.
      let scores = request.candidates.map { exp(40 * colour[2 - $0]) }
      var probabilities = [Float](repeating: 0, count: 3)
      for (candidate, score) in zip(request.candidates, scores) {
        probabilities[candidate] = score / scores.reduce(0, +)
      }
      let label = TopLabel(probabilities).label
      return .success(
        LargeModelAnswer(label: label, probabilities: probabilities, promptTokens: 0, completionTokens: 0, cost: 0))
    }
  }
}

@Suite struct PictureTaskTests {
  /// Pictures of one colour each, some of them hardly coloured.
  private static let rows = (0..<120).map { index in
    var generator = SplitMix64(seed: UInt64(index))
    var colour = (0..<3).map { _ in UInt8.random(in: 84...96, using: &generator) }
    colour[index % 3] = UInt8.random(in: index % 4 == 0 ? 98...130 : 158...190, using: &generator)
    return DataRow(
      id: "colour-\(index)", input: Input(image: .data(PlainPNG.file(colour), mediaType: "image/png")),
      label: ["red", "green", "blue"][index % 3])
  }

  private static func task() throws -> TaskDefinition {
    var task = try TaskDefinition(json: #"{"task": {"name": "colours"}, "pruning": {"mode": "soft"}}"#)
    task.smallModel = ColourRecipe()
    return task
  }

  @Test("A task of pictures is trained, calibrated and scored as one of texts")
  func fromRowsToFigures() async throws {
    let (rows, task) = (Self.rows, try Self.task())
    let (training, heldOut, test) = (Array(rows[..<30]), Array(rows[30..<75]), Array(rows[75...]))
    let trained = try await TaskTraining(task: task, encoders: EncoderLibrary()).small(on: training, heldOut: heldOut)
    #expect(trained.artifact.card.labels == ["blue", "green", "red"])
    let labels = LabelIndex(trained.artifact.card.labels)
    let scoring = try ShuntScoring(
      task: task, stages: [(.specific, trained.artifact)], large: ColourReader(),
      regions: ["red": "head", "green": "tail", "blue": "tail"])
    let answers = try await scoring.answers(
      LabelledInputs(heldOut, labels: labels), pruning: [.soft], name: "held-out")
    let choice = try ShuntChoice(scoring, answers: answers, named: .soft)
    let tested = try await scoring.answers(LabelledInputs(test, labels: labels), pruning: [.soft], name: "test")
    let figures = try #require(choice.figures(tested)[.soft])
    #expect(figures.small.accuracy > 0.9 && figures.large.accuracy > 0.9)
    #expect(figures.shunt.accuracy >= figures.small.accuracy && figures.shunt.queryShare < 0.5)
    #expect(figures.shunt.regions?.mapValues(\.count) == ["head": 15, "tail": 30])
  }

  @Test("Near the best is near the best of all prunings", arguments: [Float(0.01), 0.1])
  func nearTheBestOfAllPrunings(margin: Float) async throws {
    var task = try Self.task()
    task.threshold = .nearBest(margin: margin)
    let trained = try await TaskTraining(task: task, encoders: EncoderLibrary())
      .small(on: Array(Self.rows[..<30]), heldOut: Array(Self.rows[30..<60]))
    let scoring = try ShuntScoring(task: task, stages: [(.specific, trained.artifact)], large: ColourReader())
    let inputs = try LabelledInputs(Array(Self.rows[30...]), labels: LabelIndex(trained.artifact.card.labels))
    let answers = try await scoring.answers(inputs, pruning: [.none, .soft], name: "held-out")
    let choice = try ShuntChoice(scoring, answers: answers, named: nil)
    let points = choice.curves.values.flatMap(\.points)
    let floor = try #require(points.map(\.accuracy).max()) - margin
    #expect(choice.curves.count == 2 && choice.point.accuracy >= floor)
    #expect(points.allSatisfy { $0.accuracy < floor || $0.queryShare >= choice.point.queryShare })
  }

  @Test("A network of texts says what pictures lack, before it is trained and where it is asked")
  func withoutText() async throws {
    let task = try TaskDefinition(json: #"{"task": {"name": "colours"}}"#)
    let error = await #expect(throws: SmallModelError.self) {
      try await TaskTraining(task: task, encoders: EncoderLibrary()).small(on: Self.rows, heldOut: [])
    }
    #expect(error?.description == "input 0 has no text, which the network reads")
    #expect(throws: EvaluationError.self) { try Logits(MeanColour.Predictor(means: [[0, 0, 0]]), [.text("a text")]) }
  }

  @Test("An image that is only named is refused where its bytes are needed")
  func byReference() throws {
    let row = DataRow(
      id: "far", input: Input(image: .url("https://a.example/b.png", mediaType: nil)), label: "red", number: 3)
    let error = #expect(throws: DatasetError.self) { try LabelledInputs([row], labels: LabelIndex(["red"])) }
    #expect(error?.description.contains("row 3, \"far\", has its image by reference") == true)
  }
}
