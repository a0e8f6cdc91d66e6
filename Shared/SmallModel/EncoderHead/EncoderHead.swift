import Content
import Encoders
import Safetensors

extension Architecture {
  /// A frozen encoder, of texts or of pictures, with a fitted linear head: slower than a network of its own, and surer of
  /// rare labels.
  public static let encoderHead = Architecture(
    name: "encoder-head", read: { try EncoderHead($0) }, recipe: { EncoderHeadRecipe($0) })
}

/// A linear head on the features of a frozen encoder, of texts or of pictures as the encoder's folder says. The encoder stays in its folder: the file names it, with
/// a checksum of its weights.
public struct EncoderHead: SmallModelNetwork {
  /// The encoder's folder below the models' folder.
  public let encoder: String
  /// The weights, and which encoder's features they are for.
  public let head: LinearHead

  /// A head on the features of the encoder in the folder `encoder`.
  public init(encoder: String, head: LinearHead) {
    self.encoder = encoder
    self.head = head
  }

  /// An encoder's head.
  public var architecture: Architecture { .encoderHead }
  /// As the head has.
  public var labelCount: Int { head.labels.count }

  /// The head on the encoder, which is loaded if it is not yet.
  /// - Throws: `SmallModelError` where the folder holds another encoder than the head was fitted on.
  public func predictor(_ card: ModelCard, _ options: PredictorOptions) throws -> any SmallModelPredictor {
    guard head.labels == card.labels else {
      throw SmallModelError("\(card.version): the card's labels are not those that the head was fitted on")
    }
    do {
      return EncoderHeadPredictor(encoder: try loadedEncoder(options.encoders, card.training), head: head)
    } catch let error as SmallModelError { throw SmallModelError("\(card.version): \(error)") }
  }

  /// The encoder that the head was fitted on, which is loaded if it is not yet.
  /// - Throws: where the folder holds another one.
  func loadedEncoder(_ encoders: EncoderLibrary, _ training: TrainingSettings) throws -> FrozenEncoder {
    let settings = EncoderSettings(threads: training.threads, maximumTokens: training.maximumTokens)
    let loaded = try encoders.encoder(encoder, settings: settings)
    guard loaded.version == head.encoderVersion else {
      throw SmallModelError(
        "the head was fitted on the encoder \(head.encoderVersion), the folder \(encoder) holds \(loaded.version); "
          + "bring that one, or train again")
    }
    return loaded
  }

  /// Its head on the encoder, which stays as it is.
  public func trainable(_ encoders: EncoderLibrary) -> any TrainableNetwork {
    LearningEncoderHead(network: self, encoders: encoders)
  }
}

/// In the metadata `encoder`, and what a linear head's own file has; the tensors are that one's.
extension EncoderHead {
  fileprivate init(_ file: SafetensorsFile) throws {
    guard let encoder = file.metadata["encoder_folder"], !encoder.isEmpty, !encoder.contains("/"), encoder != ".."
    else {
      throw SmallModelError("the metadata's encoder_folder names no encoder's folder")
    }
    do { self.init(encoder: encoder, head: try LinearHead(within: file)) } catch let error as EncoderError {
      throw SmallModelError(error.description)
    }
  }

  /// The head's tensors, and the encoder's name.
  public func contents() throws -> NetworkContents {
    NetworkContents(
      tensors: head.tensors, metadata: try head.fields().merging(["encoder_folder": encoder]) { $1 })
  }
}

/// A loaded encoder and a head.
private struct EncoderHeadPredictor: SmallModelPredictor {
  let encoder: FrozenEncoder
  let head: LinearHead

  var labelCount: Int { head.labels.count }
  var reads: Set<Input.Kind> { [encoder.reads] }

  func predict(
    _ rows: [Int], of inputs: [Input], into logits: UnsafeMutableBufferPointer<Float>, scratch: PredictionScratch
  ) throws {
    try check(logits, rows: rows.count)
    let features = try features(rows, of: inputs, scratch)
    for place in rows.indices {
      for (label, value) in head.logits(features[place]).enumerated() { logits[place * labelCount + label] = value }
    }
  }

  private func features(_ rows: [Int], of inputs: [Input], _ scratch: PredictionScratch) throws -> FeatureMatrix {
    switch encoder {
    case .sentences(let encoder):
      let encoded = try encoder.encode(rows.map { inputs[$0].text ?? "" }, pooling: head.pooling)
      for (place, row) in rows.enumerated() { scratch.isTruncated[row] = encoded.isTruncated[place] }
      return encoded.features
    case .images(let encoder):
      return try encoder.features(
        of: rows.map { try scratch.pictures.picture($0, of: inputs) }, pooling: head.pooling)
    }
  }
}
