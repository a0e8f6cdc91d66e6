/// More candidates than fit one question, asked as a tournament: groups first, then the groups' winners.
///
/// The mathematics is Luce's choice axiom (1959): a chooser holds a weight s_c > 0 for each candidate, and among any set
/// S chooses c with probability s_c ÷ Σ_{j∈S} s_j. A group G tells P(c|G) = s_c ÷ S_G, and the final round over the
/// winners w_G tells Q(w_G) = s_{w_G} ÷ Σ s_w. So, up to one common factor,
///
///     s_c = Q(w_G) · P(c|G) ÷ P(w_G|G)    for c in G,
///
/// and divided by their sum these weights are one distribution over all candidates. For a model that follows the axiom,
/// such as a softmax whose logits do not depend on who else is asked about, it is exactly the one that a single question
/// would have given. The winner has the highest P(c|G), so it is at least 1 ÷ |G|, and nothing divides by 0.
enum Rounds {
  /// Groups of at most `size`, as even as can be, in the candidates' order.
  static func groups(_ candidates: [Int], size: Int) -> [[Int]] {
    let count = max(1, (candidates.count + size - 1) / size)
    return (0..<count).map { group in
      Array(candidates[group * candidates.count / count..<(group + 1) * candidates.count / count])
    }
  }

  /// One tally over all groups' candidates, in their order; without probabilities where one of all has none.
  /// - Parameters:
  ///   - groups: one each, over its candidates.
  ///   - sizes: [groups], how many candidates each has.
  ///   - final: over the groups' winners.
  static func combined(groups: [Tally], sizes: [Int], final: Tally) -> Tally {
    let source = groups.map(\.source).reduce(final.source, min)
    let known = groups.compactMap(\.probabilities)
    guard known.count == groups.count, let last = final.probabilities else {
      let before = sizes.prefix(final.candidate).reduce(0, +)
      return Tally(candidate: before + groups[final.candidate].candidate, probabilities: nil, source: source)
    }
    let weights = zip(zip(known, groups), last).flatMap { group, winner in
      group.0.map { winner * $0 / group.0[group.1.candidate] }
    }
    let sum = weights.reduce(0, +)
    return Tally(weights.map { $0 / sum }, source)
  }
}
