import Cascade
import Synchronization
import Testing

@testable import SmallModel

@Suite struct TrainingTests {
  @Test func learnsToyData() async throws {
    let heldOut = ToyData.labelled(60, seed: 2)
    let start = try ToyData.network()
    let outcome = try await start.trained(
      on: [ToyData.labelled(300, seed: 1)], heldOut: heldOut, settings: ToyData.settings())
    let best = outcome.epochs[outcome.bestEpoch - 1]
    #expect(try #require(best.heldOutAccuracy) > 0.95)
    #expect(outcome.heldOut == heldOut)
    #expect(try outcome.network.logits(heldOut.texts, batchSize: 256) == outcome.heldOutLogits)
    #expect(outcome.network != start)
  }

  @Test func theSameSeedGivesTheSameWeights() async throws {
    var settings = ToyData.settings()
    settings.epochs = 3
    let sources = [ToyData.labelled(100, seed: 1)]
    let first = try await ToyData.network().trained(on: sources, settings: settings)
    let second = try await ToyData.network().trained(on: sources, settings: settings)
    settings.seed = 9
    let other = try await ToyData.network().trained(on: sources, settings: settings)
    #expect(first.network == second.network)
    #expect(first.epochs == second.epochs)
    #expect(first.network != other.network)
  }

  /// Labels without a pattern: held-out accuracy cannot keep growing.
  @Test func stopsEarlyAndKeepsTheBest() async throws {
    var generator = SplitMix64(seed: 4)
    let texts = TokenizedTexts((0..<90).map { _ in (0..<5).map { _ in Int32.random(in: 1..<50, using: &generator) } })
    let noise = TrainingSource(
      texts: texts, targets: .labels((0..<90).map { _ in Int.random(in: 0..<3, using: &generator) }))
    var settings = ToyData.settings()
    settings.epochs = 200
    settings.patience = 4
    let outcome = try await ToyData.network().trained(on: [noise], settings: settings)
    #expect(outcome.epochs.count == outcome.bestEpoch + 4)
    let best = outcome.epochs[outcome.bestEpoch - 1].heldOutAccuracy
    #expect(best == outcome.epochs.compactMap(\.heldOutAccuracy).max())
    #expect(outcome.heldOut?.count == 9)
  }

  @Test func withoutHeldOutDataTheLastEpochCounts() async throws {
    var settings = ToyData.settings()
    settings.heldOutShare = 0
    settings.epochs = 3
    let outcome = try await ToyData.network().trained(on: [ToyData.labelled(30, seed: 1)], settings: settings)
    #expect(outcome.heldOut == nil && outcome.heldOutLogits.isEmpty)
    #expect(outcome.bestEpoch == 3 && outcome.epochs.count == 3)
  }

  @Test func tokensThatNoTextUsesKeepTheirEmbedding() async throws {
    var settings = ToyData.settings()
    settings.epochs = 1
    let start = try ToyData.network()
    let source = TrainingSource(texts: TokenizedTexts([[1, 2], [3], [2, 4]]), targets: .labels([0, 1, 2]))
    let trained = try await start.trained(on: [source], heldOut: source, settings: settings).network
    let dimension = start.shape.dimension
    func row(_ network: TextCNN, _ token: Int) -> [Float] {
      Array(network.embedding[token * dimension..<(token + 1) * dimension])
    }
    for token in 5..<50 { #expect(row(trained, token) == row(start, token)) }
    #expect((1...4).allSatisfy { row(trained, $0) != row(start, $0) })
    #expect(row(trained, 0).allSatisfy { $0 == 0 })
  }

  @Test func cancellationEndsIt() async throws {
    var settings = ToyData.settings()
    settings.epochs = 100_000
    settings.heldOutShare = 0
    let network = try ToyData.network()
    let (firstEpoch, started) = AsyncStream.makeStream(of: Void.self)
    let endless = settings
    let training = Task {
      try await network.trained(on: [ToyData.labelled(30, seed: 1)], settings: endless) { _ in started.yield() }
    }
    for await _ in firstEpoch { break }
    training.cancel()
    await #expect(throws: CancellationError.self) { try await training.value }
  }

  @Test func refusesWhatItCannotLearnFrom() async throws {
    let network = try ToyData.network()
    let good = ToyData.labelled(6, seed: 1)
    func expectRefusal(_ sources: [TrainingSource], _ part: String, settings: TrainingSettings = ToyData.settings())
      async
    {
      let error = await #expect(throws: SmallModelError.self) {
        try await network.trained(on: sources, settings: settings)
      }
      #expect(error?.description.contains(part) == true, "\(String(describing: error))")
    }
    await expectRefusal([], "nothing to learn")
    await expectRefusal([TrainingSource(texts: TokenizedTexts(), targets: .labels([]))], "nothing to learn")
    await expectRefusal([TrainingSource(texts: good.texts, targets: .labels([1]))], "6 inputs but 1 labels")
    await expectRefusal([TrainingSource(texts: TokenizedTexts([[1]]), targets: .labels([3]))], "label 3")
    await expectRefusal([TrainingSource(texts: TokenizedTexts([[50]]), targets: .labels([0]))], "token 50")
    await expectRefusal([good, TrainingSource(texts: good.texts, targets: .distributions([1, 0]))], "source 1")
    await expectRefusal(
      [TrainingSource(texts: TokenizedTexts([[1]]), targets: .distributions([.nan, 0, 1]))], "not finite")
    await expectRefusal([TrainingSource(texts: good.texts, targets: good.targets, weight: 0)], "weight")
    var settings = ToyData.settings()
    settings.dropout = 1
    await expectRefusal([good], "dropout", settings: settings)
    settings = ToyData.settings()
    settings.learningRate = 0
    await expectRefusal([good], "learningRate", settings: settings)
  }

  @Test func rareClassesWeighMore() {
    #expect(
      TrainingLoss.classWeights([0, 0, 0, 0, 1], labels: 3, exponent: 1) == [Float(5.0 / 12), Float(5.0 / 3), 1])
    #expect(TrainingLoss.classWeights([0, 0, 1, 1], labels: 2, exponent: 0.5) == [1, 1])
  }
}

@Suite struct BatchOrderTests {
  @Test func eachTextStandsInOneBatchAndSourcesAlternate() {
    let first = ToyData.labelled(64, seed: 1).texts
    let second = ToyData.labelled(30, seed: 2).texts
    var generator = SplitMix64(seed: 3)
    let order = BatchOrder.epoch([first, second], batchSize: 8, using: &generator)
    #expect(order.map(\.source) == [0, 1, 0, 0, 1, 0, 0, 1, 0, 0, 1, 0])
    for (source, texts) in [first, second].enumerated() {
      let indices = order.filter { $0.source == source }.flatMap(\.indices)
      #expect(indices.sorted() == Array(0..<texts.count))
    }
  }

  @Test func splitsPartTextsAndTargetsTogether() {
    let source = ToyData.labelled(50, seed: 1)
    let parts = source.split(heldOutShare: 0.2, labels: 3, seed: 7)
    #expect((parts.training.count, parts.heldOut.count) == (40, 10))
    for part in [parts.training, parts.heldOut] {
      let labels = part.labels(of: 3)
      for index in 0..<part.count { #expect(part.texts[index].contains(Int32(1 + labels[index]))) }
    }
    #expect(source.split(heldOutShare: 0.2, labels: 3, seed: 7) == parts)
  }
}
