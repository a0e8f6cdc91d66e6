import Foundation

/// An answer of one letter, with the probabilities of the letters: the C_l of the paper's (22).
enum TokenAnswer {
  /// Reads a letter and its probabilities, held to the first `count` letters.
  ///
  /// Tokens that differ only by spaces, case or closing signs are one letter, their probabilities added. A candidate
  /// that is not among the listed tokens is at most as probable as the least probable listed one, and all such together
  /// have no more than what the listed ones leave; it gets that bound's even share, so that no candidate is excluded by
  /// the list's length. Then all are divided by their sum.
  static func vote(_ reply: ChatReply, candidates count: Int) throws(AttemptFailure) -> Vote {
    let content = try reply.written()
    guard let answer = candidate(content, among: count) else { throw .outsideLabels(content) }
    guard let tokens = reply.tokens, let probabilities = probabilities(tokens, count: count) else {
      return Vote(candidate: answer, probabilities: nil)
    }
    return Vote(candidate: answer, probabilities: probabilities)
  }

  // "▁" and "Ġ" are how SentencePiece and byte-level BPE write a leading space, where a server shows raw tokens.
  private static let surroundings = CharacterSet(charactersIn: " \t\r\n▁Ġ.:)(\"'*`")

  /// The candidate that a token names; `nil` for any other text.
  static func candidate(_ token: String, among count: Int) -> Int? {
    let bare = token.trimmingCharacters(in: surroundings)
    return Prompt.letters.prefix(count).firstIndex(of: bare.uppercased())
  }

  private static func probabilities(_ tokens: [ChatReply.Token], count: Int) -> [Float]? {
    var mass = [Double](repeating: 0, count: count)
    var (listed, least) = (0.0, 1.0)
    for token in tokens {
      // A log-probability above 0 is a server's mistake, and must not become a probability above 1.
      let probability = exp(min(0, token.logprob))
      guard probability.isFinite else { continue }
      listed += probability
      least = min(least, probability)
      if let candidate = candidate(token.text, among: count) { mass[candidate] += probability }
    }
    let unlisted = mass.indices.filter { mass[$0] == 0 }
    guard unlisted.count < count else { return nil }
    let share = min(least, max(0, 1 - listed) / Double(max(unlisted.count, 1)))
    for candidate in unlisted { mass[candidate] = share }
    let sum = mass.reduce(0, +)
    return mass.map { Float($0 / sum) }
  }
}
