import Content
import Foundation
import Images
import SmallModel

/// A captioner that sees one thing: which of red, green and blue a picture has most of. It says so, and is the surer the more
/// of its light that is.
public struct ColourCaptioner: CaptionPredictor {
  /// How it speaks of a colour.
  public static func caption(_ colour: String) -> String { "a \(colour) picture" }

  private let calibration: CaptionCalibration?

  /// - Parameter calibration: as a card has it.
  public init(calibration: CaptionCalibration? = nil) { self.calibration = calibration }

  /// Pictures.
  public var reads: Set<Input.Kind> { [.image] }

  /// A caption of each picture.
  public func captions(
    _ rows: [Int], of inputs: [Input], scratch: PredictionScratch
  ) throws -> [GeneratedCaption] {
    try rows.map { row in
      let (colour, share) = try leading(row, inputs, scratch)
      return GeneratedCaption(
        text: Self.caption(colour), meanLogProbability: log(share), tokens: 4, calibration: calibration)
    }
  }

  /// Each step as probable as the colour's share.
  public func distributions(
    _ rows: [Int], of inputs: [Input], scratch: PredictionScratch
  ) throws -> [CaptionDistribution] {
    try rows.map { row in
      let (colour, share) = try leading(row, inputs, scratch)
      let words = ["a", colour, "picture"].map { CaptionDistribution.Token.word($0) }
      return CaptionDistribution(steps: (words + [.end]).map { .init(token: $0, probabilities: [$0: share]) })
    }
  }

  /// The colour, and its share of the picture's light, a third to 1.
  private func leading(
    _ row: Int, _ inputs: [Input], _ scratch: PredictionScratch
  ) throws -> (colour: String, share: Float) {
    let pixels = try scratch.pictures.picture(row, of: inputs).pixels
    let sums = (0..<3).map { channel in
      stride(from: channel, to: pixels.count, by: 3).reduce(0) { $0 + Int(pixels[$1]) }
    }
    let total = max(1, sums.reduce(0, +))
    let most = sums.indices.max { sums[$0] < sums[$1] } ?? 0
    return (ColourNetwork.labels[most], max(Float(sums[most]) / Float(total), 1.0 / 3))
  }
}
