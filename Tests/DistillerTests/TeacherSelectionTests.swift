import Cascade
import Classification
import Distiller
import Testing

private let labels = LabelIndex(["a", "b", "c"])
private let rule = TeacherSelection.Rule(specificThreshold: 0.9, largeThreshold: 0.6)

private func row(
  _ sequence: Int64, text: String? = nil, category: String? = nil, isHeldOut: Bool = false,
  specific: (Int, Float), large: (String, Float?)? = nil
) -> TeacherRow {
  TeacherRow(
    id: "\(sequence)", sequence: sequence, input: .text(text ?? "text \(sequence)"), category: category,
    isHeldOut: isHeldOut,
    specific: SpecificOpinion(label: specific.0, confidence: specific.1),
    large: large.map { label, probability in
      LargeOpinion(
        label: label,
        distribution: probability.map { LabelDistribution(top: [.init(label: label, probability: $0)], rest: 1 - $0) })
    })
}

@Suite struct TeacherSelectionTests {
  /// Every way that one row can go.
  @Test(arguments: [
    (row(1, specific: (0, 0.5), large: ("a", 0.7)), "stage1"),
    (row(1, specific: (0, 0.5), large: ("b", 0.7)), "stage1"),
    (row(1, specific: (0, 0.5), large: ("b", 0.6)), "unsure"),
    (row(1, specific: (0, 0.8), large: ("b", 0.7)), "contradicted"),
    (row(1, specific: (0, 0.8), large: ("a", 0.7)), "stage1"),
    (row(1, specific: (0, 0.5), large: ("z", 0.7)), "unknownLabel"),
    (row(1, specific: (0, 0.5)), "unsure"),
    (row(1, specific: (0, 0.9)), "stage2"),
    (row(1, specific: (0, 0.95), large: ("a", 0.3)), "stage2"),
    (row(1, specific: (0, 0.95), large: ("b", 0.3)), "stage2"),
    (row(1, specific: (0, 0.95), large: ("b", 0.99)), "contradicted"),
    // No probability: neither taught by nor against.
    (row(1, specific: (0, 0.5), large: ("a", nil)), "withoutConfidence"),
    (row(1, specific: (0, 0.5), large: ("b", nil)), "withoutConfidence"),
    (row(1, specific: (0, 0.95), large: ("b", nil)), "stage2"),
    (row(1, isHeldOut: true, specific: (0, 0.5), large: ("a", 0.7)), "heldOut"),
  ]) func sortsARow(row: TeacherRow, fate: String) {
    let counts = TeacherSelection([row], labels: labels, rule: rule).counts
    #expect(counts.read == 1 && counts.fates.filter { $0.value > 0 } == [fate: 1])
  }

  /// Two captions may both be right: none contradicts another, and no label's cap holds.
  @Test(
    arguments: [
      (0.5, 0.7, "stage1"), (0.8, 0.7, "stage1"), (0.5, 0.6, "unsure"), (0.95, 0.99, "stage2"),
      (0.5, nil, "withoutConfidence"),
      (0.95, nil, "stage2"),
    ] as [(Float, Float?, String)])
  func sortsACaption(specific: Float, large: Float?, fate: String) {
    var rule = rule
    rule.perLabel = 1
    let rows = (0..<3).map { index in
      TeacherRow(
        id: "\(index)", sequence: Int64(index), input: .text("\(index)"), category: nil,
        specific: SpecificOpinion(label: nil, confidence: specific),
        large: LargeOpinion(caption: "caption \(index)", confidence: large))
    }
    #expect(TeacherSelection(rows, labels: nil, rule: rule).counts.fates.filter { $0.value > 0 } == [fate: 3])
  }

  /// A stream that held labels before is no teacher of captions, and the other way round.
  @Test func aReplyOfTheOtherKindTeachesNothing() {
    let label = LargeOpinion(
      label: "a", distribution: LabelDistribution(top: [.init(label: "a", probability: 0.9)], rest: 0.1))
    let unsure = SpecificOpinion(label: nil, confidence: 0.1)
    let row = TeacherRow(id: "1", sequence: 1, input: .text("x"), category: nil, specific: unsure, large: label)
    #expect(TeacherSelection([row], labels: nil, rule: rule).counts.unknownLabel == 1)
    let captioned = TeacherRow(
      id: "1", sequence: 1, input: .text("x"), category: nil, specific: SpecificOpinion(label: 0, confidence: 0.1),
      large: LargeOpinion(caption: "a", confidence: 0.9))
    #expect(TeacherSelection([captioned], labels: labels, rule: rule).counts.unknownLabel == 1)
  }

  @Test func aSourceThatFloodsTeachesNoMoreThanItsCap() {
    var rule = rule
    rule.perCategory = 10
    let flood = (0..<1000).map { row(Int64($0) + 100, category: "flood", specific: (0, 0.2), large: ("b", 0.99)) }
    let others = (0..<20).map { row(Int64($0), category: "other \($0 % 4)", specific: (0, 0.2), large: ("c", 0.9)) }
    let selection = TeacherSelection(others + flood, labels: labels, rule: rule)
    #expect(selection.counts.stage1 == 30 && selection.counts.overCategoryCap == 990)
  }

  @Test func capsKeepTheNewest() {
    var rule = rule
    rule.perLabel = 2
    let rows = [3, 1, 4, 2].map { row(Int64($0), specific: (0, 0.2), large: ("b", 0.9)) }
    let selection = TeacherSelection(rows, labels: labels, rule: rule)
    #expect(selection.stage1.map { rows[$0].sequence } == [4, 3])
    #expect(selection.counts.overLabelCap == 2)
  }

  @Test func capsOfTheStagesAreTheirOwn() {
    var rule = rule
    rule.perLabel = 1
    let rows = [row(1, specific: (0, 0.95)), row(2, specific: (0, 0.2), large: ("a", 0.9))]
    let selection = TeacherSelection(rows, labels: labels, rule: rule)
    #expect(selection.counts.stage1 == 1 && selection.counts.stage2 == 1)
  }

  @Test func ofEqualTextsTheNewestTeaches() {
    let rows = [
      row(1, text: "same", specific: (0, 0.2), large: ("a", 0.9)),
      row(2, text: "same", specific: (0, 0.2), large: ("b", 0.9)),
    ]
    let selection = TeacherSelection(rows, labels: labels, rule: rule)
    #expect(selection.stage1 == [1] && selection.counts.repeated == 1)
  }

  /// Any rows: each is counted once, nothing is taken twice, and the order they come in does not matter.
  @Test(arguments: 1..<8) func countsEveryRowOnce(seed: UInt64) {
    var generator = SplitMix64(seed: seed)
    let rows = (0..<300).map { sequence in
      row(
        Int64(sequence), text: "text \(Int.random(in: 0..<200, using: &generator))",
        category: ["x", "y", nil].randomElement(using: &generator) ?? nil,
        specific: (Int.random(in: 0..<3, using: &generator), Float.random(in: 0.3...1, using: &generator)),
        large: Bool.random(using: &generator)
          ? (
            ["a", "b", "c", "d"].randomElement(using: &generator) ?? "a",
            Bool.random(using: &generator) ? Float.random(in: 0.3...1, using: &generator) : nil
          )
          : nil)
    }
    var rule = rule
    (rule.perLabel, rule.perCategory) = (12, 25)
    let selection = TeacherSelection(rows, labels: labels, rule: rule)
    #expect(selection.counts.sum == 300)
    #expect(Set(selection.stage1 + selection.stage2).count == selection.stage1.count + selection.stage2.count)
    let shuffled = rows.shuffled(using: &generator)
    let again = TeacherSelection(shuffled, labels: labels, rule: rule)
    #expect(again.stage1.map { shuffled[$0].id } == selection.stage1.map { rows[$0].id })
    #expect(again.counts == selection.counts)
  }
}

extension TeacherSelection.Counts {
  fileprivate var fates: [String: Int] {
    [
      "stage1": stage1, "stage2": stage2, "heldOut": heldOut, "unsure": unsure,
      "withoutConfidence": withoutConfidence, "unknownLabel": unknownLabel,
      "contradicted": contradicted, "repeated": repeated, "overLabelCap": overLabelCap,
      "overCategoryCap": overCategoryCap,
    ]
  }

  fileprivate var sum: Int { fates.values.reduce(0, +) }
}

@Suite struct StreamHoldOutTests {
  @Test(arguments: [0.0, 0.2, 1]) func keepsItsShareOfTheLabelled(share: Double) {
    let holdOut = StreamHoldOut(share: share)
    let kept = (0..<5000).count { holdOut.contains(id: "sample-\($0)", isLabelled: true) }
    #expect(abs(Double(kept) / 5000 - share) < 0.02)
    // Who chooses ids by one salt does not choose by another.
    let salted = StreamHoldOut(share: share, salt: 0x5EED)
    let both = (0..<5000).count {
      let id = "sample-\($0)"
      return holdOut.contains(id: id, isLabelled: true) && salted.contains(id: id, isLabelled: true)
    }
    #expect(abs(Double(both) / 5000 - share * share) < 0.02)
    let unlabelled = (0..<100).count { holdOut.contains(id: "sample-\($0)", isLabelled: false) }
    #expect(unlabelled == 0)
  }
}
