import Cascade
import Content
import SmallModel

/// A network that reads pictures and knows three of them by their colour: the label is the strongest channel, and it is
/// the surer, the stronger that is.
public struct ColourNetwork: SmallModelPredictor {
  /// Its labels, in order.
  public static let labels = ["red", "green", "blue"]

  /// It has learnt nothing.
  public init() {}

  /// Three.
  public var labelCount: Int { Self.labels.count }
  /// Pictures.
  public var reads: Set<Input.Kind> { [.image] }

  /// Writes each picture's mean red, green and blue, 0 … 10, as logits.
  public func predict(
    _ rows: [Int], of inputs: [Input], into logits: UnsafeMutableBufferPointer<Float>, scratch: PredictionScratch
  ) throws {
    for (place, row) in rows.enumerated() {
      let picture = try scratch.pictures.picture(row, of: inputs)
      for channel in 0..<labelCount {
        let sum = stride(from: channel, to: picture.pixels.count, by: 3).reduce(0) { $0 + Int(picture.pixels[$1]) }
        logits[place * labelCount + channel] = 10 * Float(sum) / Float(255 * picture.width * picture.height)
      }
    }
  }

  /// The network alone, as specific model.
  public static func cascade(threshold: Float = 0.9) throws -> SmallModelCascade {
    try SmallModelCascade(
      labels: labels,
      members: [
        SmallModelCascade.Member(
          stage: CascadeStage(answeredBy: .specific, version: "colour-1", threshold: threshold), temperature: 1,
          predictor: ColourNetwork())
      ])
  }
}
