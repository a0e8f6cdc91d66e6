import Foundation

/// An answer of one letter, with the probabilities of the letters: the C_l of the paper's (22).
enum TokenAnswer {
  /// Reads a candidate, and the letters' probabilities where the server gives them.
  ///
  /// They stand at the first token behind the model's thoughts that names a letter. Tokens that differ only by spaces, case
  /// or closing signs are one letter, their probabilities added. A candidate that is not among the listed tokens is at most
  /// as probable as the least probable listed one, and all such together have no more than what the listed ones leave; it
  /// gets that bound's even share, so that no candidate is excluded by the list's length. Then all are divided by their
  /// sum.
  static func vote(
    _ reply: ChatReply, _ answers: WrittenAnswer, candidates count: Int
  ) throws(AttemptFailure) -> Vote {
    let answer = try reply.candidate(answers)
    let position = position(reply.positions) { candidate($0, among: count) != nil }
    guard let position, candidate(position.text, among: count) == answer else {
      return Vote(candidate: answer, probabilities: nil)
    }
    return Vote(candidate: answer, probabilities: probabilities(position.likeliest, count: count, answer: answer))
  }

  /// The candidate whose letter a token is; `nil` for any other text.
  static func candidate(_ token: String, among count: Int) -> Int? { AnswerText(token).bare.letter(among: count) }

  /// Where the answer's first letter stands.
  private static func position(
    _ positions: [ChatReply.Position], where isLetter: (String) -> Bool
  ) -> ChatReply.Position? {
    let start = Thoughts.answer(in: positions.flatMap { Array($0.text.utf8) }).lowerBound
    var offset = 0
    return positions.first { position in
      defer { offset += position.text.utf8.count }
      return offset >= start && isLetter(position.text)
    }
  }

  /// - Returns: `nil` where the tokens have no distribution, or not that of the answer.
  private static func probabilities(_ tokens: [ChatReply.Token], count: Int, answer: Int) -> [Float]? {
    var mass = [Double](repeating: 0, count: count)
    var (listed, least) = (0.0, 1.0)
    // A log-probability above 0 is none; a little of it is rounding.
    for token in tokens where token.logprob < 0.01 {
      let probability = exp(min(0, token.logprob))
      listed += probability
      least = min(least, probability)
      if let candidate = candidate(token.text, among: count) { mass[candidate] += probability }
    }
    // Servers that know none write zeros, which are certainties.
    let isKnown = listed < 1.05 && !(tokens.count == 1 && listed == 1)
    guard isKnown, mass[answer] > 0 else { return nil }
    let unlisted = mass.indices.filter { mass[$0] == 0 }
    let share = min(least, max(0, 1 - listed) / Double(max(unlisted.count, 1)))
    for candidate in unlisted { mass[candidate] = share }
    let sum = mass.reduce(0, +)
    return mass.map { Float($0 / sum) }
  }
}
