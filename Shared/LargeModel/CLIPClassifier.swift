import Encoders

/// Classifies pictures without labelled data by CLIP (Radford et al. 2021, https://arxiv.org/abs/2103.00020, section 3.1): a
/// picture goes to the label whose prompts' features are nearest to its own.
///
/// Probabilities are softmax(scale · cosine) over the candidates, with the model's own scale. A request with a small model's
/// probabilities is answered by prompts that name them (the soft prompt of Data Shunt, Chen, Zhuang et al. 2024).
public struct CLIPClassifier: LargeModel {
  /// The model, the labels and the prompts, as one name.
  public let version: String
  private let encoder: CLIPEncoder
  /// In the order of the classes.
  private let labels: [String]
  private let prompts: LabelPrompts
  /// A row a label: the mean of its prompts' features, scaled to length 1.
  private let features: FeatureMatrix

  /// Encodes the labels' prompts.
  public init(encoder: CLIPEncoder, labels: [String], prompts: LabelPrompts = .pictures) async throws {
    try prompts.check(labels: labels)
    let sentences = labels.flatMap(prompts.sentences)
    features = try await encoder.features(of: sentences).averaged(each: prompts.templates.count)
    (self.encoder, self.labels, self.prompts) = (encoder, labels, prompts)
    var checksum = Checksum()
    for sentence in sentences + [prompts.softTemplate] {
      checksum.append(sentence)
      checksum.append("\n")
    }
    version = "\(encoder.version)/prompts-\(checksum)"
  }

  /// Answers by similarity; a picture has no tokens.
  public func answer(_ requests: [LargeModelRequest]) async throws -> [Result<LargeModelAnswer, LargeModelError>] {
    let soft = try await softFeatures(requests)
    return try await requests.answers(encode: { try await encoder.features(of: $0) }) {
      place, picture throws(LargeModelError) in
      let request = requests[place]
      if let prior = request.prior, prior.count != labels.count {
        throw LargeModelError(.badRequest, "prior: it has \(prior.count) values, the task \(labels.count) labels")
      }
      var logits = features.products(with: picture).map { $0 * encoder.logitScale }
      let products = soft.features.selecting(soft.rows[place]).products(with: picture)
      for (product, label) in zip(products, request.candidates) { logits[label] = product * encoder.logitScale }
      return try LargeModelAnswer(logits: logits, temperature: 1, candidates: request.candidates, promptTokens: 0)
    }
  }

  /// The features of what requests with a small model's probabilities are asked by, each different sentence once, and by
  /// request the rows of its candidates; none for a request without probabilities, or that contradicts the task.
  private func softFeatures(_ requests: [LargeModelRequest]) async throws -> (features: FeatureMatrix, rows: [[Int]]) {
    var sentences: [String] = []
    var known: [String: Int] = [:]
    let rows = requests.map { request -> [Int] in
      guard let prior = request.prior, prior.count == labels.count else { return [] }
      guard request.candidates.allSatisfy(labels.indices.contains) else { return [] }
      return request.candidates.map { candidate in
        let sentence = prompts.softSentence(for: labels[candidate], probability: prior[candidate])
        if let row = known[sentence] { return row }
        known[sentence] = sentences.count
        sentences.append(sentence)
        return sentences.count - 1
      }
    }
    return (try await encoder.features(of: sentences), rows)
  }
}
