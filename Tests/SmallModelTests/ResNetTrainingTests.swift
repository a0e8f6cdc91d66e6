import Content
import Encoders
import Foundation
import TestSupport
import Testing

@testable import SmallModel

@Suite struct ResNetTrainingTests {
  private static func right(_ network: StoredResNet, _ set: TrainingSet<TrainingPictures>) -> Int {
    let logits = FoldedResNet(network.weights, steps: network.steps).logits(set.inputs)
    let answers = TrainingSet(inputs: set.inputs, targets: .distributions(logits)).labels(of: ResNetToy.labels)
    return zip(answers, set.labels(of: ResNetToy.labels)).count { $0 == $1 }
  }

  @Test func learnsFiftyPictures() throws {
    let set = ResNetToy.labelled(50, seed: 1)
    let trained = try ResNetToy.trained(on: [set], settings: ResNetToy.settings())
    #expect(Self.right(StoredResNet(trained, calibratedOn: nil), set) >= 48)
    #expect(Self.right(StoredResNet(trained, calibratedOn: set.inputs), set) >= 48)
  }

  @Test func aStudentLearnsFromItsTeacher() throws {
    let pool = ResNetToy.labelled(60, seed: 5)
    let certain = pool.labels(of: 3).flatMap { label in (0..<3).map { $0 == label ? Float(0.96) : 0.02 } }
    let teacher = TrainingSet(inputs: pool.inputs, targets: .distributions(certain))
    let trained = try ResNetToy.trained(on: [teacher, ResNetToy.labelled(6, seed: 6)], settings: ResNetToy.settings())
    #expect(Self.right(StoredResNet(trained, calibratedOn: pool.inputs), ResNetToy.labelled(30, seed: 7)) >= 27)
  }

  private struct Stopped: Error {}

  /// Stopped amid the third epoch.
  @Test func goesOnWhereItWasStopped() async throws {
    let set = ResNetToy.labelled(30, seed: 1)
    var settings = ResNetToy.settings()
    settings.epochs = 4
    let unbroken = try ResNetToy.trained(on: [set], settings: settings)
    try await withTemporaryFolder { folder in
      let checkpoint = TrainingCheckpoint(url: folder.appending(path: "checkpoint"), identity: "a")
      var steps = 0
      #expect(throws: Stopped.self) {
        try ResNetToy.trained(on: [set], settings: settings, checkpoint: checkpoint) {
          steps += 1
          if steps == 8 { throw Stopped() }
        }
      }
      let other = TrainingCheckpoint(url: checkpoint.url, identity: "b")
      #expect(throws: SmallModelError.self) {
        try ResNetToy.trained(on: [set], settings: settings, checkpoint: other)
      }
      steps = 0
      let resumed = try ResNetToy.trained(on: [set], settings: settings, checkpoint: checkpoint) { steps += 1 }
      #expect(steps == 6)
      #expect(resumed == unbroken)
      #expect(!FileManager.default.fileExists(atPath: checkpoint.url.path))
    }
  }

  @Test func cancellationEndsIt() async throws {
    var recipe = ResNetRecipe()
    (recipe.depth, recipe.training) = (8, ResNetToy.settings())
    recipe.training.epochs = 100_000
    let endless = recipe
    let (firstEpoch, started) = AsyncStream.makeStream(of: Void.self)
    let training = Task {
      try await endless.train(
        Self.examples(6), heldOut: nil, labels: ["red", "green", "blue"], encoders: EncoderLibrary()
      ) { _ in started.yield() }
    }
    for await _ in firstEpoch { break }
    training.cancel()
    await #expect(throws: CancellationError.self) { try await training.value }
  }

  /// Pictures of one colour, of another size than the network's.
  private static func examples(_ count: Int) -> TrainingExamples {
    TrainingExamples(
      inputs: (0..<count).map { index in
        let colour: [UInt8] = [[200, 30, 30], [30, 200, 30], [30, 30, 200]][index % 3]
        return Input(image: .data(PlainPNG.file(colour, width: 20, height: 12), mediaType: nil))
      }, targets: .labels((0..<count).map { $0 % 3 }))
  }

  @Test func aModelComesBackAsItWent() async throws {
    var recipe = ResNetRecipe()
    (recipe.depth, recipe.training) = (8, ResNetToy.settings())
    recipe.training.epochs = 2
    let examples = Self.examples(12)
    let network = try await recipe.train(
      examples, heldOut: nil, labels: ["red", "green", "blue"], encoders: EncoderLibrary()
    ) { _ in }.network
    let card = ModelCard(
      task: "colours", version: "v1", createdAt: Date(timeIntervalSince1970: 1_750_000_000),
      labels: ["red", "green", "blue"], training: recipe.training)
    let artifact = try SmallModelArtifact(card: card, network: network)
    let back = try SmallModelArtifact(data: artifact.encoded(), name: "model")
    #expect(back.card == card)
    #expect(try #require(back.network as? StoredResNet).steps?.count == 7)
    let predictors = try [artifact.predictor(), back.predictor()]
    #expect(predictors.allSatisfy { $0.reads == [.image] })
    #expect(try predictors[0].logits(examples.inputs) == predictors[1].logits(examples.inputs))
    #expect(throws: SmallModelError.self) { try predictors[0].logits([.text("no picture")]) }

    let student = try back.network.trainable(EncoderLibrary())
    let learnt = try await student.trained(on: [examples], heldOut: examples, settings: recipe.training) { _ in }
    #expect(learnt.epochs.count == 2 && learnt.epochs.allSatisfy { $0.heldOutAccuracy != nil })
    #expect(try #require(learnt.network as? StoredResNet).steps != nil)
  }

  /// Each number of a file may be fine, and what they fold to not.
  @Test(arguments: [Float.greatestFiniteMagnitude, .leastNonzeroMagnitude]) func weightsThatFoldToTheExtremesAreNoTrap(
    weight: Float
  ) throws {
    var convolutions = try ResNetToy.network().convolutions
    convolutions[1].weight = convolutions[1].weight.map { _ in weight }
    convolutions[1].scale = convolutions[1].scale.map { _ in 1000 }
    let toy = try ResNetToy.network()
    let network = ResNet(
      shape: toy.shape, mean: toy.mean, deviation: toy.deviation, convolutions: convolutions, head: toy.head,
      headBias: toy.headBias)
    let logits = FoldedResNet(network, steps: [Float](repeating: 1, count: 7)).logits(ResNetToy.pictures)
    #expect(weight > 1 || logits.allSatisfy(\.isFinite))
    let card = ModelCard(
      task: "colours", version: "v1", createdAt: Date(timeIntervalSince1970: 1_750_000_000),
      labels: ["red", "green", "blue"], training: ResNetToy.settings())
    let file = try SmallModelArtifact(card: card, network: StoredResNet(network, calibratedOn: nil)).encoded()
    if weight > 1 {
      #expect(throws: SmallModelError.self) { try SmallModelArtifact(data: file, name: "model") }
    } else {
      #expect(throws: Never.self) { try SmallModelArtifact(data: file, name: "model") }
    }
  }

  @Test func aBrokenPictureIsRefusedByItsPlace() throws {
    let examples = TrainingExamples(
      inputs: [Input(image: .data([1, 2, 3], mediaType: nil))], targets: .labels([0]))
    let error = #expect(throws: SmallModelError.self) { try examples.pictures() }
    #expect(error?.description.contains("image 0 cannot be read") == true)
  }
}

@Suite struct LongTailTests {
  @Test func rareLabelsAreLearntAsIfTheyWereFrequent() {
    #expect(
      TrainingLoss.adjustment([0, 0, 0, 1], labels: 3, strength: 1).map { (exp($0) * 100).rounded() } == [75, 25, 25])
    #expect(TrainingLoss.adjustment([0, 1], labels: 2, strength: 2).allSatisfy { abs($0 - 2 * log(0.5)) < 1e-6 })
  }

  @Test func theLearningRateRisesAndFalls() {
    var settings = TrainingSettings()
    (settings.learningRate, settings.warmUp) = (1, 0.2)
    let rates = (0..<100).map { settings.learningRate(step: $0, of: 100) }
    #expect(rates.max() == rates[20] && rates[20] == 1)
    #expect(zip(rates[...20], rates[1...20]).allSatisfy { $0 < $1 })
    #expect(zip(rates[20...], rates[21...]).allSatisfy { $0 > $1 })
    #expect(rates[0] > 0 && rates[99] < 0.001)
  }
}
