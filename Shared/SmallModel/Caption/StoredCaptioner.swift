import Content
import Encoders
import Safetensors

/// A captioner over an image encoder's grid: decoder, words, and how captions are looked for. The encoder stays in its folder:
/// the file names it, with a checksum of its weights.
struct StoredCaptioner<Shape: DecoderShape>: CaptionerNetwork, Equatable {
  /// The encoder's folder below the models' folder.
  let encoder: String
  /// Names the encoder that the decoder was trained on.
  let encoderVersion: String
  let vocabulary: CaptionVocabulary
  let shape: Shape
  /// As the shape's parameters.
  var weights: [[Float]]
  let search: CaptionSearch

  /// - Parameter weights: as the shape's parameters.
  /// - Throws: where the parts do not fit each other, with what does not.
  init(
    encoder: String, encoderVersion: String, vocabulary: CaptionVocabulary, shape: Shape, weights: [[Float]],
    search: CaptionSearch
  ) throws(SmallModelError) {
    try shape.validate()
    try search.validate()
    guard vocabulary.count == shape.vocabulary, search.width < vocabulary.count - 1 else {
      throw SmallModelError(
        "the vocabulary has \(vocabulary.count) tokens, the decoder \(shape.vocabulary), the search a width of "
          + "\(search.width)")
    }
    guard search.longest < shape.longest else {
      throw SmallModelError(
        "captions of \(search.longest) words and their end need more than \(shape.longest) positions")
    }
    (self.encoder, self.encoderVersion, self.vocabulary) = (encoder, encoderVersion, vocabulary)
    (self.shape, self.weights, self.search) = (shape, weights, search)
  }

  /// As the shape's.
  var architecture: Architecture { Shape.architecture }

  /// On the encoder, which is loaded if it is not yet.
  /// - Throws: `SmallModelError` where the folder holds another encoder than the decoder was trained on.
  func predictor(_ card: ModelCard, _ options: PredictorOptions) throws -> any CaptionPredictor {
    do {
      return GridCaptioner(
        encoder: try loadedEncoder(options.encoders, threads: card.training.threads),
        decoder: try shape.decoder(weights, precision: options.precision), vocabulary: vocabulary, search: search,
        temperature: Float(card.temperature), calibration: card.calibration)
    } catch let error as SmallModelError { throw SmallModelError("\(card.version): \(error)") }
  }

  /// Its decoder on the encoder, which stays as it is.
  func trainable(_ encoders: EncoderLibrary) -> any TrainableCaptioner {
    LearningCaptioner(network: self, encoders: encoders)
  }

  /// The encoder that the decoder was trained on.
  func loadedEncoder(_ encoders: EncoderLibrary, threads: Int) throws -> BlockingImageEncoder {
    let loaded = try encoders.imageEncoder(encoder, threads: threads)
    guard loaded.version == encoderVersion else {
      throw SmallModelError(
        "the captioner was trained on the encoder \(encoderVersion), the folder \(encoder) holds \(loaded.version); bring "
          + "that one, or train again")
    }
    return loaded
  }
}

extension EncoderLibrary {
  /// An image encoder by its folder's name.
  /// - Throws: `SmallModelError` where it is one of texts.
  func imageEncoder(_ name: String, threads: Int) throws -> BlockingImageEncoder {
    guard case .images(let loaded) = try encoder(name, settings: EncoderSettings(threads: threads)) else {
      throw SmallModelError(
        "the encoder \(name) reads texts; a captioner needs one of pictures, such as efficientnet-lite0")
    }
    return loaded
  }
}

/// In the metadata `encoder_folder`, `encoder`, and as JSON `shape` and `search`; the tensors are the shape's parameters and
/// `vocabulary`.
extension StoredCaptioner {
  init(_ file: SafetensorsFile) throws {
    guard let folder = file.metadata["encoder_folder"], !folder.isEmpty, !folder.contains("/"), folder != "..",
      let version = file.metadata["encoder"]
    else { throw SmallModelError("the metadata's encoder_folder and encoder name no encoder") }
    let shape: Shape = try file.decodedMetadata("shape")
    try shape.validate()
    let weights = try shape.parameters.map { parameter in
      let values = try file.floats(parameter.name, shape: parameter.shape)
      guard values.allSatisfy(\.isFinite) else {
        throw SmallModelError("tensor \(parameter.name) holds a number that is not finite")
      }
      return values
    }
    try self.init(
      encoder: folder, encoderVersion: version, vocabulary: CaptionVocabulary(storedIn: file), shape: shape,
      weights: weights, search: file.decodedMetadata("search"))
  }

  func contents() throws -> NetworkContents {
    var tensors = ["vocabulary": vocabulary.stored]
    for (parameter, values) in zip(shape.parameters, weights) {
      tensors[parameter.name] = SafetensorsTensor(values, shape: parameter.shape)
    }
    return NetworkContents(
      tensors: tensors,
      metadata: [
        "encoder_folder": encoder, "encoder": encoderVersion, "shape": try shape.metadataText(),
        "search": try search.metadataText(),
      ])
  }
}
