/// Which samples a person is shown, and in which order: those worth most, none like another that was chosen before it
/// (maximal marginal relevance, Carbonell and Goldstein 1998).
public enum LabelChoice {
  /// From this likeness on two texts are one.
  static let nearDuplicate = 0.8

  /// At most `count` candidates. Of texts that are nearly the same one is shown, as of the same picture.
  public static func choose(_ candidates: [LabelCandidate], count: Int) -> [LabelCandidate] {
    var open = candidates.map { Open(candidate: $0, features: features($0)) }
    var chosen: [LabelCandidate] = []
    while chosen.count < count, let best = open.indices.max(by: { open[$0].isBefore(open[$1]) }) {
      let next = open.remove(at: best)
      chosen.append(next.candidate)
      for index in open.indices {
        open[index].likeness = max(open[index].likeness, likeness(open[index].features, next.features))
      }
      open.removeAll { $0.likeness >= nearDuplicate }
    }
    return chosen
  }

  private struct Open {
    let candidate: LabelCandidate
    let features: Set<String>
    /// To the most alike of those chosen, 0 to 1.
    var likeness = 0.0

    private var value: Double { candidate.worth * (1 - likeness) }

    /// Of the same value the greater id comes later, so that a choice is the same each time.
    func isBefore(_ other: Open) -> Bool { (value, other.candidate.id) < (other.value, candidate.id) }
  }

  /// A text's words, and a picture.
  private static func features(_ candidate: LabelCandidate) -> Set<String> {
    let words = (candidate.text ?? "").lowercased().split { !$0.isLetter && !$0.isNumber }.map(String.init)
    return Set(words).union(candidate.picture.map { ["picture:\($0)"] } ?? [])
  }

  /// Jaccard's: what both have, of what either has.
  static func likeness(_ left: Set<String>, _ right: Set<String>) -> Double {
    let common = left.intersection(right).count
    let all = left.count + right.count - common
    return all > 0 ? Double(common) / Double(all) : 0
  }
}
