import Cascade
import Classification
import Content

/// What S1 makes of an input, as far as it decides who teaches.
public struct SpecificOpinion: Sendable, Equatable {
  /// The index of its label; `nil` where it captions.
  public let label: Int?
  /// 0 to 1.
  public let confidence: Float

  /// An opinion.
  public init(label: Int?, confidence: Float) { (self.label, self.confidence) = (label, confidence) }
}

/// A stored answer that may teach, beside what S1 makes of its input now.
public struct TeacherRow: Sendable, Equatable {
  /// The sample's id.
  public let id: String
  /// Its place in the store; the higher, the newer.
  public let sequence: Int64
  /// The sample's input.
  public let input: Input
  /// The sample's category.
  public let category: String?
  /// Whether it is kept for the gate, so that no model may learn from it.
  public let isHeldOut: Bool
  /// What S1 replies, and C_s1.
  public let specific: SpecificOpinion
  /// What the large model answered; `nil` where it was not asked.
  public let large: LargeOpinion?

  /// A row.
  public init(
    id: String, sequence: Int64, input: Input, category: String?, isHeldOut: Bool = false,
    specific: SpecificOpinion, large: LargeOpinion?
  ) {
    self.id = id
    self.sequence = sequence
    self.input = input
    self.category = category
    self.isHeldOut = isHeldOut
    self.specific = specific
    self.large = large
  }
}

/// What S2 learns from, of all that is stored: the two stages of the paper's (22–24).
///
/// - Stage 1, C_s1 < δ1 and C_l > δ_l: the large model teaches.
/// - Stage 2, C_s1 ≥ δ1: S1 teaches, against forgetting.
///
/// Where both answered and disagree, the surer one is believed and the other does not teach: with both calibrated, S1 is
/// right with C_s1 and the large model with C_l. No two captions need be the same, so that none contradicts another, and
/// labels have caps of their own. An answer that came without a probability counts for nothing. Newest
/// rows come first, so what is over a cap, or an input's second appearance, is the older.
public struct TeacherSelection: Sendable, Equatable {
  /// What may teach, and how much of it.
  public struct Rule: Sendable, Equatable {
    /// δ1.
    public var specificThreshold: Float
    /// δ_l.
    public var largeThreshold: Float
    /// Rows a label and stage, at most; from 1.
    public var perLabel = 2000
    /// Rows a category and stage, at most, so that no producer floods the teacher; from 1. Rows without a category
    /// count as one.
    public var perCategory = 20_000

    /// A rule.
    public init(specificThreshold: Float, largeThreshold: Float) {
      self.specificThreshold = specificThreshold
      self.largeThreshold = largeThreshold
    }
  }

  /// What became of the rows.
  public struct Counts: Sendable, Equatable, Codable {
    /// All rows.
    public var read = 0
    /// The large model teaches.
    public var stage1 = 0
    /// S1 teaches.
    public var stage2 = 0
    /// Kept for the gate.
    public var heldOut = 0
    /// Neither model is sure enough.
    public var unsure = 0
    /// S1 is not sure enough, and the large model gave no probability.
    public var withoutConfidence = 0
    /// The large model's answer is none of the task's labels.
    public var unknownLabel = 0
    /// The other model is surer of another label.
    public var contradicted = 0
    /// The same input came again later.
    public var repeated = 0
    /// Over the cap of its label.
    public var overLabelCap = 0
    /// Over the cap of its category.
    public var overCategoryCap = 0

    /// Nothing yet.
    public init() {}
  }

  /// Rows that the large model teaches, newest first.
  public private(set) var stage1: [Int] = []
  /// Rows that S1 teaches, newest first.
  public private(set) var stage2: [Int] = []
  /// What became of the rows.
  public private(set) var counts = Counts()

  /// Selects from rows in any order.
  /// - Parameter labels: the task's; `nil` where it answers with captions.
  public init(_ rows: [TeacherRow], labels: LabelIndex?, rule: Rule) {
    var inputs: Set<Input> = []
    var caps = (stage1: Caps(rule), stage2: Caps(rule))
    for index in rows.indices.sorted(by: { rows[$0].sequence > rows[$1].sequence }) {
      let row = rows[index]
      counts.read += 1
      guard let stage = stage(of: row, labels: labels, rule: rule) else { continue }
      guard inputs.insert(row.input).inserted else {
        counts.repeated += 1
        continue
      }
      switch stage {
      case .large(let label):
        if caps.stage1.admits(label: label, category: row.category, counts: &counts) { stage1.append(index) }
      case .specific:
        if caps.stage2.admits(label: row.specific.label, category: row.category, counts: &counts) {
          stage2.append(index)
        }
      }
    }
    (counts.stage1, counts.stage2) = (stage1.count, stage2.count)
  }

  private enum Stage {
    /// - label: `nil` for a caption.
    case large(label: Int?)
    case specific
  }

  /// Who teaches a row; counts why nobody does.
  private mutating func stage(of row: TeacherRow, labels: LabelIndex?, rule: Rule) -> Stage? {
    guard !row.isHeldOut else { return count(\.heldOut) }
    let isEasy = Shunt.isEasy(row.specific.confidence, threshold: rule.specificThreshold)
    guard let large = row.large else { return isEasy ? .specific : count(\.unsure) }
    guard let confidence = large.confidence else { return isEasy ? .specific : count(\.withoutConfidence) }
    guard let label = large.known(to: labels) else { return isEasy ? .specific : count(\.unknownLabel) }
    let disagree = label != row.specific.label
    if isEasy { return disagree && confidence > row.specific.confidence ? count(\.contradicted) : .specific }
    guard confidence > rule.largeThreshold else { return count(\.unsure) }
    return disagree && row.specific.confidence >= confidence ? count(\.contradicted) : .large(label: label)
  }

  private mutating func count(_ field: WritableKeyPath<Counts, Int>) -> Stage? {
    counts[keyPath: field] += 1
    return nil
  }
}

extension LargeOpinion {
  /// The index of its most probable label, of a caption `.some(nil)`; `nil` where it is nothing that the task answers with.
  fileprivate func known(to labels: LabelIndex?) -> Int?? {
    switch (reply, labels) {
    case (.label(let label), let labels?): labels[distribution?.top.first?.label ?? label].map { $0 }
    case (.caption, nil): .some(nil)
    case (.label, nil), (.caption, _?): nil
    }
  }
}

/// How many rows of each label and category were taken.
private struct Caps {
  private let rule: TeacherSelection.Rule
  private var labels: [Int: Int] = [:]
  private var categories: [String?: Int] = [:]

  init(_ rule: TeacherSelection.Rule) { self.rule = rule }

  /// - Parameter label: `nil` for a caption, which is under no label's cap.
  mutating func admits(label: Int?, category: String?, counts: inout TeacherSelection.Counts) -> Bool {
    guard label.map({ labels[$0, default: 0] < rule.perLabel }) ?? true else {
      counts.overLabelCap += 1
      return false
    }
    guard categories[category, default: 0] < rule.perCategory else {
      counts.overCategoryCap += 1
      return false
    }
    if let label { labels[label, default: 0] += 1 }
    categories[category, default: 0] += 1
    return true
  }
}
