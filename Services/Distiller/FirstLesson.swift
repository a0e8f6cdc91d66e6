import Classification
import Content
import Evaluation
import SmallModel

/// The large model's answers, parted into what a first small model learns and what it is judged by.
struct FirstLesson: Sendable {
  /// What it learns: the large model's distributions, or its labels where it gives none at all.
  let examples: TrainingExamples
  /// What it has not seen.
  let heldOut: [HeldOutRow]
  let counts: TeacherSelection.Counts
  /// How many different labels are taught.
  let taughtLabels: Int

  /// - Parameter answers: oldest first; of an input that came several times, the newest one counts.
  init(_ answers: [StreamAnswer], labels: LabelIndex, holdOut: StreamHoldOut) {
    var counts = TeacherSelection.Counts()
    let answers = Self.distinct(answers, labels: labels, counts: &counts)
    let kept = answers.filter { holdOut.contains(id: $0.id, isLabelled: true) }
    let taught = answers.filter { !holdOut.contains(id: $0.id, isLabelled: true) }
    heldOut = StreamHeldOut.rows(kept, labels: labels.names)
    (counts.stage1, counts.heldOut) = (taught.count, heldOut.count)
    self.counts = counts
    examples = Self.examples(taught, labels: labels)
    taughtLabels = Set(taught.compactMap(\.large?.label)).count
  }

  /// The newest answer to each input, if it is one of the labels; newest first.
  static func distinct(
    _ answers: [StreamAnswer], labels: LabelIndex, counts: inout TeacherSelection.Counts
  ) -> [StreamAnswer] {
    var inputs: Set<Input> = []
    counts.read = answers.count
    let known = answers.reversed().filter { answer in answer.large.map { labels[$0.label] != nil } ?? false }
    counts.unknownLabel = answers.count - known.count
    let distinct = known.filter { inputs.insert($0.input).inserted }
    counts.repeated = known.count - distinct.count
    return distinct
  }

  /// What is learnt from answers of known labels.
  static func examples(_ answers: [StreamAnswer], labels: LabelIndex) -> TrainingExamples {
    TrainingExamples(inputs: answers.map(\.input), targets: targets(answers.compactMap(\.large), labels))
  }

  private static func targets(_ opinions: [LargeOpinion], _ labels: LabelIndex) -> Targets {
    guard opinions.contains(where: { $0.distribution != nil }) else {
      return .labels(opinions.map { labels[$0.label] ?? 0 })
    }
    return .distributions(
      opinions.flatMap { opinion in
        let certain = LabelDistribution.Entry(label: opinion.reply.text, probability: 1)
        let said = opinion.distribution ?? LabelDistribution(top: [certain], rest: 0)
        return said.expanded(over: labels)
      })
  }

  /// Why nothing can be learnt from it.
  func whyNot(_ leastHeldOut: Int) -> String {
    "of \(counts.read) answers of the large model \(counts.stage1) could teach \(taughtLabels) labels, and "
      + "\(counts.heldOut) are kept to judge by; two labels and \(leastHeldOut) kept answers are asked for"
  }
}
