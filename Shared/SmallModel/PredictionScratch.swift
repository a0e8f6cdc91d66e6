import Content
import Images

/// Memory that predictions write to, kept from batch to batch; one caller at a time.
public final class PredictionScratch {
  /// For each input of the last batch, whether the last network that read it left its end out.
  public internal(set) var isTruncated: [Bool] = []
  /// The number of the last batch.
  private(set) var batch = 0
  /// Of the networks that read texts' tokens.
  let text = TextScratch()
  /// Of the networks that look at pictures.
  public let pictures = PictureScratch()
  /// Of recurrent networks.
  let lstm = LSTMScratch()
  /// Of residual networks.
  private(set) lazy var resnet = ResNetScratch()

  /// Without memory yet.
  public init() {}

  /// A batch begins: what is kept of the one before says nothing of it.
  /// - Parameter pictures: what the images of all inputs decode to, where they were decoded before; else empty.
  func begin(_ inputs: [Input], pictures decoded: [Picture] = []) {
    batch += 1
    pictures.begin(inputs.count, decoded: decoded)
    isTruncated.removeAll(keepingCapacity: true)
    isTruncated.append(contentsOf: repeatElement(false, count: inputs.count))
  }
}
