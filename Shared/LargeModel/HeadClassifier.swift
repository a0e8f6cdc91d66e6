import Encoders

/// A sentence encoder with a linear head that was fitted on labelled data.
public struct HeadClassifier: LargeModel {
  /// The encoder's and the head's.
  public let version: String
  private let encoder: SentenceEncoder
  private let head: LinearHead

  /// Joins the two.
  ///
  /// Throws where the head was fitted on another encoder's features, or where its labels are not the task's, in order.
  public init(encoder: SentenceEncoder, head: LinearHead, labels: [String]) throws {
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

  /// Answers by the head's softmax over the candidates; `promptTokens` are the text's own.
  public func answer(
    _ requests: [LargeModelRequest]
  ) async throws -> [Result<LargeModelAnswer, LargeModelError>] {
    let encoding = try await encoder.encode(requests.map(\.text), pooling: head.pooling)
    return requests.enumerated().map { row, request in
      Result { () throws(LargeModelError) in
        try LargeModelAnswer(
          logits: head.logits(encoding.features[row]), temperature: 1, candidates: request.candidates,
          promptTokens: encoding.tokenCounts[row])
      }
    }
  }
}
