import Content
import Encoders
import Images

/// A frozen encoder, of texts or of pictures, with a linear head that was fitted on labelled data.
public struct HeadClassifier: LargeModel {
  /// Whose features the head reads.
  public enum Encoder: Sendable {
    /// Of texts.
    case sentences(SentenceEncoder)
    /// Of pictures.
    case images(ImageEncoder)

    /// The encoder's own.
    public var version: String {
      switch self {
      case .sentences(let encoder): encoder.version
      case .images(let encoder): encoder.version
      }
    }
  }

  private typealias Outcome = Result<LargeModelAnswer, LargeModelError>

  /// The encoder's and the head's.
  public let version: String
  private let encoder: Encoder
  private let head: LinearHead

  /// Joins the two.
  ///
  /// Throws where the head was fitted on another encoder's features, or where its labels are not the task's, in order.
  public init(encoder: Encoder, head: LinearHead, labels: [String]) throws {
    guard head.encoderVersion == encoder.version else {
      throw LargeModelError(
        .badModel, "the head was fitted on \(head.encoderVersion), the encoder is \(encoder.version); fit it again")
    }
    guard head.labels == labels else {
      throw LargeModelError(
        .badModel, "the head's \(head.labels.count) labels are not the task's \(labels.count), in the same order")
    }
    (self.encoder, self.head) = (encoder, head)
    version = "\(encoder.version)/\(head.pooling.rawValue)/\(head.version)"
  }

  /// Answers by the head's softmax over the candidates; `promptTokens` are a text's own, of a picture 0.
  public func answer(
    _ requests: [LargeModelRequest]
  ) async throws -> [Result<LargeModelAnswer, LargeModelError>] {
    switch encoder {
    case .sentences(let encoder):
      let encoding = try await encoder.encode(requests.map(\.text), pooling: head.pooling)
      return requests.enumerated().map { row, request in
        answer(request, encoding.features[row], promptTokens: encoding.tokenCounts[row])
      }
    case .images(let encoder): return try await answer(requests, by: encoder)
    }
  }

  /// Those whose picture can be decoded are encoded together; the others fail, each by itself.
  private func answer(_ requests: [LargeModelRequest], by encoder: ImageEncoder) async throws -> [Outcome] {
    let pictures = requests.map { request in Result { () throws(LargeModelError) in try request.picture() } }
    let decoded = pictures.compactMap { if case .success(let picture) = $0 { picture } else { nil } }
    let features = try await encoder.features(of: decoded, pooling: head.pooling)
    var row = 0
    return zip(requests, pictures).map { request, picture in
      picture.flatMap { _ in
        defer { row += 1 }
        return answer(request, features[row], promptTokens: 0)
      }
    }
  }

  private func answer(_ request: LargeModelRequest, _ features: ArraySlice<Float>, promptTokens: Int) -> Outcome {
    Result { () throws(LargeModelError) in
      try LargeModelAnswer(
        logits: head.logits(features), temperature: 1, candidates: request.candidates, promptTokens: promptTokens)
    }
  }
}

extension LargeModelRequest {
  /// The input's image.
  /// - Throws: `LargeModelError` with the sample to blame, where there is none or it cannot be decoded.
  fileprivate func picture() throws(LargeModelError) -> Picture {
    guard case .data(let bytes, _) = input.image else {
      throw LargeModelError(.noAnswer, "the sample has no image, which the large model reads")
    }
    do { return try ImageDecoder(bounds: .widest).decode(bytes) } catch {
      throw LargeModelError(.noAnswer, "the image cannot be read: \(error)", reason: "the image cannot be read")
    }
  }
}
