/// What one asking gave.
struct Vote: Equatable, Sendable {
  /// The answer, as an index into the request's candidates.
  let candidate: Int
  /// [candidates], a distribution; `nil` where the server gives no probabilities.
  let probabilities: [Float]?
}

/// Where an answer's probabilities come from.
public enum ConfidenceSource: Int, Sendable, Codable, Comparable {
  /// Nowhere: one answer without probabilities. The label has 1, which says nothing; such an answer teaches no one.
  case none
  /// From the share of k answers that agree.
  case agreement
  /// From the answer token's probabilities.
  case tokens

  /// The weaker is the smaller.
  public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}

extension [Vote] {
  /// One distribution from all votes: the mean of their probabilities where all have them, else the share of each
  /// candidate among the answers.
  func distribution(candidates count: Int) -> (probabilities: [Float], source: ConfidenceSource) {
    let known = compactMap(\.probabilities)
    var sum = [Float](repeating: 0, count: count)
    if known.count == self.count, !isEmpty {
      for probabilities in known { for index in sum.indices { sum[index] += probabilities[index] } }
      return (sum.map { $0 / Float(self.count) }, .tokens)
    }
    for vote in self { sum[vote.candidate] += 1 / Float(self.count) }
    return (sum, self.count > 1 ? .agreement : .none)
  }
}
