import Concurrency
import Content
import Images

/// An encoder whose weights stay as they are, with a head on its features.
public enum FrozenEncoder: Sendable {
  /// Of texts.
  case sentences(BlockingEncoder)
  /// Of pictures.
  case images(BlockingImageEncoder)

  /// Names the model: its folder and a checksum of its last layer.
  public var version: String {
    switch self {
    case .sentences(let encoder): encoder.version
    case .images(let encoder): encoder.version
    }
  }

  /// What it needs of an input.
  public var reads: Input.Kind {
    switch self {
    case .sentences: .text
    case .images: .image
    }
  }

  /// Features of many inputs, computed on a thread that is theirs meanwhile. Images are data; who has addresses fetches them
  /// first.
  /// - Parameter progress: called with how many are done.
  /// - Throws: `CancellationError` between two pieces; `EncoderError` for an input that lacks what the encoder reads, or
  ///   whose image cannot be decoded.
  public func features(
    of inputs: [Input], pooling: Pooling, progress: (Int) -> Void = { _ in }
  ) async throws -> FeatureMatrix {
    let thread = DedicatedThread(name: "encoder")
    var (values, columns) = ([Float](), 0)
    for start in stride(from: 0, to: inputs.count, by: pieceSize) {
      try Task.checkCancellation()
      let piece = Array(inputs[start..<min(start + pieceSize, inputs.count)])
      let features = try await thread.run { try self.encode(piece, from: start, pooling: pooling) }
      values += features.values
      columns = features.columns
      progress(start + piece.count)
    }
    return try FeatureMatrix(rows: inputs.count, columns: columns, values: values)
  }

  /// How many inputs are encoded before a cancellation is looked for and progress is told.
  private var pieceSize: Int {
    switch self {
    case .sentences: 512
    case .images: 64
    }
  }

  private func encode(_ inputs: [Input], from start: Int, pooling: Pooling) throws -> FeatureMatrix {
    switch self {
    case .sentences(let encoder):
      try encoder.encode(
        inputs.enumerated().map { place, input in
          guard let text = input.text else {
            throw EncoderError("input \(start + place) has no text, which the sentence encoder reads")
          }
          return text
        }, pooling: pooling
      ).features
    case .images(let encoder):
      try encoder.features(
        of: inputs.enumerated().map { try Picture(of: $1, row: start + $0) }, pooling: pooling)
    }
  }
}

extension Picture {
  /// An input's image.
  /// - Parameter row: stands in errors, from 0.
  fileprivate init(of input: Input, row: Int) throws(EncoderError) {
    guard case .data(let bytes, _) = input.image else {
      throw EncoderError("input \(row) has no image that is here as data, which the image encoder reads")
    }
    do { self = try ImageDecoder(bounds: .widest).decode(bytes) } catch {
      throw EncoderError("the image of input \(row) cannot be read: \(error)")
    }
  }
}
