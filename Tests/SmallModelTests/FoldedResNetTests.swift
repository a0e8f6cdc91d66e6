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
  @Test func eightBitsGiveTheSameWithAllInstructions() throws {
    let pictures = ResNetToy.labelled(11, seed: 3).inputs
    let stored = try StoredResNet(ResNetToy.network(), calibratedOn: pictures)
    let all = try Self.instructions.map {
      FoldedResNet(try ResNetToy.network(), steps: stored.steps, instructions: $0).logits(pictures)
    }
    for logits in all { #expect(logits == all[0]) }
    let exact = try FoldedResNet(ResNetToy.network(), steps: nil).logits(pictures)
    let largest = exact.reduce(0) { max($0, abs($1)) }
    #expect(Self.far(all[0], exact) < 0.1 * largest)
    #expect(all[0] != exact)
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
