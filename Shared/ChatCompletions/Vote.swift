/// What one asking gave.
struct Vote: Equatable, Sendable {
  /// The answer, as an index into the request's candidates.
  let candidate: Int
  /// [candidates], a distribution; `nil` where the server gives no probabilities.
  let probabilities: [Float]?
}

/// Where an answer's probabilities come from.
public enum ConfidenceSource: Int, Sendable, Codable, Comparable {
  /// Nowhere: one answer without probabilities. It stands, but has no confidence and teaches no one.
  case none
  /// From the share of k answers that agree.
  case agreement
  /// From the answer token's probabilities.
  case tokens

  /// The weaker is the smaller.
  public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}

/// What one question came to.
struct Tally: Equatable, Sendable {
  /// The answer, as an index into the question's candidates.
  let candidate: Int
  /// [candidates], a distribution; `nil` where nothing tells how sure the answer is.
  let probabilities: [Float]?
  /// Where they come from.
  let source: ConfidenceSource

  /// The mean of the votes' probabilities where all have them, else the share of each candidate among the answers; one
  /// answer alone is no share.
  /// - Parameter votes: at least one.
  init(_ votes: [Vote], candidates count: Int) {
    let known = votes.compactMap(\.probabilities)
    var sum = [Float](repeating: 0, count: count)
    if known.count == votes.count {
      for probabilities in known { for index in sum.indices { sum[index] += probabilities[index] } }
      self.init(sum.map { $0 / Float(votes.count) }, .tokens, answered: votes[0].candidate)
    } else if votes.count > 1 {
      for vote in votes { sum[vote.candidate] += 1 / Float(votes.count) }
      self.init(sum, .agreement, answered: votes[0].candidate)
    } else {
      self.init(candidate: votes[0].candidate, probabilities: nil, source: .none)
    }
  }

  /// The most probable candidate of a distribution; of equals the one that was answered.
  init(_ probabilities: [Float], _ source: ConfidenceSource, answered: Int = 0) {
    let best = probabilities.indices.reduce(answered) { probabilities[$1] > probabilities[$0] ? $1 : $0 }
    self.init(candidate: best, probabilities: probabilities, source: source)
  }

  init(candidate: Int, probabilities: [Float]?, source: ConfidenceSource) {
    (self.candidate, self.probabilities, self.source) = (candidate, probabilities, source)
  }
}
