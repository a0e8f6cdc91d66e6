import Encoders

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
        Result { () throws(LargeModelError) in
          try answer(request, encoding.features[row], promptTokens: encoding.tokenCounts[row])
        }
      }
    case .images(let encoder):
      return try await requests.answers(
        encode: { try await encoder.features(of: $0, pooling: head.pooling) },
        answer: { place, features throws(LargeModelError) in
          try answer(requests[place], features, promptTokens: 0)
        })
    }
  }

  private func answer(
    _ request: LargeModelRequest, _ features: ArraySlice<Float>, promptTokens: Int
  ) throws(LargeModelError) -> LargeModelAnswer {
    try LargeModelAnswer(
      logits: head.logits(features), temperature: 1, candidates: request.candidates, promptTokens: promptTokens)
  }
}
