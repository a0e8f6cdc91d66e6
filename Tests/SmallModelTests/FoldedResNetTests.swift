import Testing

@testable import SmallModel

@Suite struct FoldedResNetTests {
  /// Of torch.nn.functional, PyTorch 1.13, in float64.
  private static let golden: [Float] = [
    0.5847078192, -1.6426765969, -1.3531984331, 0.8394615431, -2.0363626350, -1.5883677608,
  ]

  private static var instructions: [FoldedResNet.Instructions] {
    FoldedResNet.Instructions.allCases.filter { $0.rawValue <= FoldedResNet.Instructions.best.rawValue }
  }

  private static func far(_ left: [Float], _ right: [Float]) -> Float {
    zip(left, right).reduce(0) { max($0, abs($1.0 - $1.1)) }
  }

  @Test(arguments: instructions) func float32MatchesGolden(instructions: FoldedResNet.Instructions) throws {
    let folded = try FoldedResNet(ResNetToy.network(), steps: nil, instructions: instructions)
    let logits = folded.logits(ResNetToy.pictures)
    #expect(logits.count == Self.golden.count)
    #expect(Self.far(logits, Self.golden) < 1e-4, "\(logits)")
  }

  @Test func libtorchMatchesGolden() throws {
    let learner = try ResNetLearner(ResNetToy.network(), settings: ResNetToy.settings())
    #expect(try Self.far(learner.logits(ResNetToy.pictures), Self.golden) < 1e-4)
    #expect(try learner.weights() == ResNetToy.network())
  }

  /// The second block of a stage has a shortcut of as many channels.
  @Test(arguments: instructions) func twoBlocksGiveWhatLibtorchGives(instructions: FoldedResNet.Instructions) throws {
    let network = try ResNetToy.network(blocks: 2)
    let expected = try ResNetLearner(network, settings: ResNetToy.settings()).logits(ResNetToy.pictures)
    let logits = FoldedResNet(network, steps: nil, instructions: instructions).logits(ResNetToy.pictures)
    #expect(Self.far(logits, expected) < 1e-4, "\(logits), wanted \(expected)")
  }

  /// More pictures than go through a layer together, and a rest.
  @Test(arguments: [1, 2]) func eightBitsGiveTheSameWithAllInstructions(blocks: Int) throws {
    let pictures = ResNetToy.labelled(11, seed: 3).inputs
    let network = try ResNetToy.network(blocks: blocks)
    let steps = StoredResNet(network, calibratedOn: pictures).steps
    let all = Self.instructions.map { FoldedResNet(network, steps: steps, instructions: $0).logits(pictures) }
    for logits in all { #expect(logits == all[0]) }
    let exact = FoldedResNet(network, steps: nil).logits(pictures)
    let largest = exact.reduce(0) { max($0, abs($1)) }
    #expect(Self.far(all[0], exact) < 0.1 * largest)
    #expect(all[0] != exact)
  }

  /// Black, white, and pixels that are each other's opposite, through weights that are all as large as can be, of which
  /// every second is negative: sums and what is kept of transformed inputs go to their ends.
  @Test(arguments: [1, 0.01, 1e-4] as [Float]) func extremesGiveTheSameWithAllInstructions(step: Float) throws {
    let network = try ResNetToy.network(blocks: 2, weight: { $0 % 2 == 0 ? 1 : -1 })
    let steps = [Float](repeating: step, count: network.convolutions.count)
    let all = Self.instructions.map {
      FoldedResNet(network, steps: steps, instructions: $0).logits(ResNetToy.extremes)
    }
    #expect(Set(all[0]).count > 1 && all[0].allSatisfy(\.isFinite))
    for logits in all { #expect(logits == all[0]) }
  }

  @Test(arguments: instructions) func sumsBeyondEightBitsAreTheLargestStep(
    instructions: FoldedResNet.Instructions
  ) throws {
    let network = try ResNetToy.network(blocks: 2, weight: { _ in 1 })
    let step: Float = 1 / 1024
    let folded = FoldedResNet(
      network, steps: [Float](repeating: step, count: network.convolutions.count), instructions: instructions)
    let expected = (0..<ResNetToy.labels).map { label in
      network.head[label * ResNetShape.features..<(label + 1) * ResNetShape.features]
        .reduce(network.headBias[label]) { $0 + $1 * 255 * step }
    }
    let white = TrainingPictures(pixels: [UInt8](repeating: 255, count: TrainingPictures.byteCount))
    #expect(Self.far(folded.logits(white), expected) < 1e-5)
  }

  @Test func aPictureDoesNotHangOnItsNeighbours() throws {
    let pictures = ResNetToy.labelled(7, seed: 4).inputs
    let folded = try FoldedResNet(ResNetToy.network(), steps: nil)
    let together = folded.logits(pictures)
    for index in 0..<7 {
      #expect(folded.logits(pictures.selecting([index])) == Array(together[index * 3..<index * 3 + 3]))
    }
  }

  @Test func peaksAreTheLargestActivations() throws {
    let folded = try FoldedResNet(ResNetToy.network(), steps: nil)
    let peaks = folded.peaks(ResNetToy.pictures.pixels)
    #expect(peaks.count == 2 && peaks.allSatisfy { $0.count == 7 && $0.allSatisfy { $0 > 0 } })
    #expect(folded.peaks(ResNetToy.pictures.selecting([1]).pixels) == [peaks[1]])
  }
}
