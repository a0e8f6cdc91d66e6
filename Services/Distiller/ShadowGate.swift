import ModelStore

/// Decides on a candidate that the validation gate has let into the shadow, by what it would have done on live traffic.
public struct ShadowGate: Sendable {
  /// What is asked of a shadow.
  public struct Rule: Sendable, Equatable {
    /// Samples that it must have seen; 0: candidates are promoted without a shadow.
    public var samples = 0
    /// The part of the samples that both it and the versions in force answered by a small model on which they agree, at
    /// least, 0 to 1.
    public var agreement = 0.9
    /// How far its query share may lie above that of the versions in force over the same samples, 0 to 1.
    public var queryMargin = 0.01
    /// How much less accurate it may be than the versions in force where the producer knew the truth, 0 to 1.
    public var accuracyMargin = 0.02

    /// The figures above.
    public init() {}
  }

  /// What becomes of the shadow, and why.
  public struct Decision: Sendable, Equatable {
    /// Whether it answers from now on.
    public let isPromoted: Bool
    /// In words and numbers: everything that speaks against it, or what was seen.
    public let reasons: String
  }

  private let rule: Rule

  /// A gate by a rule.
  public init(_ rule: Rule) { self.rule = rule }

  /// Judges what was seen; `nil` while the shadow has not seen enough.
  public func judge(_ sums: ShadowSums) -> Decision? {
    guard sums.samples >= max(1, rule.samples) else { return nil }
    let objections = [disagrees(sums), asksMore(sums), lessAccurate(sums)].compactMap { $0 }
    let reasons = objections.isEmpty ? ["\(sums.samples) samples in the shadow", sums.inWords] : objections
    return Decision(isPromoted: objections.isEmpty, reasons: reasons.joined(separator: "; "))
  }

  private func disagrees(_ sums: ShadowSums) -> String? {
    guard let agreement = sums.agreement, agreement < rule.agreement else { return nil }
    return "in the shadow it agrees on \(agreement.percent) of \(sums.compared) samples; at least "
      + "\(rule.agreement.percent) are asked for"
  }

  private func asksMore(_ sums: ShadowSums) -> String? {
    guard sums.queryShare > sums.activeQueryShare + rule.queryMargin else { return nil }
    return
      "in the shadow it would ask the large model about \(sums.queryShare.percent) of \(sums.samples) samples, the "
      + "versions in force ask about \(sums.activeQueryShare.percent)"
  }

  private func lessAccurate(_ sums: ShadowSums) -> String? {
    guard Double(sums.activeCorrect - sums.correct) > rule.accuracyMargin * Double(sums.withTruth) else { return nil }
    return "in the shadow it is right on \(sums.correct) of \(sums.withTruth) samples, the versions in force on "
      + "\(sums.activeCorrect)"
  }
}

extension ShadowSums {
  /// The part of the compared samples on which both say the same; `nil` where none was compared.
  public var agreement: Double? { compared > 0 ? Double(agreeing) / Double(compared) : nil }
  /// The part of the samples that the shadow would pass on to the large model.
  public var queryShare: Double { samples > 0 ? Double(wouldQuery) / Double(samples) : 0 }
  /// The part of the samples that the versions in force passed on.
  public var activeQueryShare: Double { samples > 0 ? Double(queried) / Double(samples) : 0 }

  fileprivate var inWords: String {
    let agreed = agreement.map { ", agreement \($0.percent)" } ?? ""
    return "would-be query share \(queryShare.percent) against \(activeQueryShare.percent)\(agreed)"
  }
}
