import Content
import Images

/// A folded residual network that reads a batch's pictures.
struct ResNetPredictor: SmallModelPredictor {
  private let folded: FoldedResNet

  init(_ folded: FoldedResNet) { self.folded = folded }

  var labelCount: Int { folded.shape.labels }
  var reads: Set<Input.Kind> { [.image] }

  func predict(
    _ rows: [Int], of inputs: [Input], into logits: UnsafeMutableBufferPointer<Float>, scratch: PredictionScratch
  ) throws {
    try check(logits, rows: rows.count)
    let memory = scratch.resnet
    memory.pixels.removeAll(keepingCapacity: true)
    for row in rows { try memory.pixels.append(picture: scratch.pictures.picture(row, of: inputs)) }
    memory.pixels.withUnsafeBufferPointer { folded.predict($0, into: logits, scratch: memory.folded) }
  }
}

/// What residual networks write to.
final class ResNetScratch {
  /// Of the rows that are asked for, [rows][32][32][3].
  var pixels: [UInt8] = []
  let folded = FoldedResNet.Scratch()
}

extension [UInt8] {
  /// Adds the pixels of a picture, made 32 × 32 where it is not.
  mutating func append(picture: Picture) {
    let side = ResNetShape.side
    let isSmall = picture.width == side && picture.height == side
    append(
      contentsOf: isSmall ? picture.pixels : picture.resized(width: side, height: side, filter: .bicubic).pixels)
  }
}
