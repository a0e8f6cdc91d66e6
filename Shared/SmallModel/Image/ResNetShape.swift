/// The sizes of a residual network for 32 × 32 pictures.
public struct ResNetShape: Sendable, Equatable, Codable {
  /// Blocks of a stage, n; the network has 6n + 2 layers.
  public let blocks: Int
  /// How many labels.
  public let labels: Int

  /// Pixels of a side of its pictures.
  public static let side = 32
  /// What the linear layer sees.
  static let features = 64

  /// What n may be.
  package enum Ranges {
    package static let blocks = 1...32
  }

  /// - Throws: where a size is not usable, with its name and value.
  public init(blocks: Int, labels: Int) throws(SmallModelError) {
    (self.blocks, self.labels) = (blocks, labels)
    try validate()
  }

  /// Refuses sizes that are far beyond any sensible one, so that a damaged file cannot ask for all memory.
  func validate() throws(SmallModelError) {
    guard Ranges.blocks ~= blocks, 2...1_000_000 ~= labels else {
      throw SmallModelError(
        "ResNet: blocks is \(blocks) and labels \(labels), they must be from \(Ranges.blocks.lowerBound) to "
          + "\(Ranges.blocks.upperBound) and from 2 to 1000000")
    }
  }

  /// Input and output channels of each convolution, in the order of their run.
  var convolutions: [(input: Int, output: Int)] {
    [(3, 16)]
      + [16, 32, 64].flatMap { channels in
        (0..<2 * blocks).map { ($0 == 0 && channels > 16 ? channels / 2 : channels, channels) }
      }
  }
}
