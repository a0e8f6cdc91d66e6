extension Verdict.Reason.Kind {
  /// A region, label or category would be answered worse.
  public static let groupWorse = Self("group_worse")
}

extension GateCriterion {
  /// A group worse. Of 150 labels with 20 samples each, some lose two by chance every time; so a group must both lose more
  /// than `groupMargin` and pass a sign test, with Tarone's correction within each kind of group. By that, a candidate that
  /// is nowhere worse is refused for chance in at most `groupAlpha` of the rounds a kind, a label of 20 samples that loses
  /// 8 and gains none is seen, and a region of 1,000 that loses 5 points always is. Groups with fewer than `groupSamples`
  /// speak through their region.
  static let groupWorse = GateCriterion(kind: .groupWorse) { evidence, rule in
    let comparisons =
      [(evidence.groups, "the cascade in force")]
      + (evidence.isFirst ? [] : [(evidence.groupsOverUndistilled, "no distillation")])
    return comparisons.flatMap { groups, other in
      SampleGroup.Kind.allCases.flatMap { kind in
        groups.filter { $0.group.kind == kind }.worse(rule).map {
          "\($0.group) is worse than with \(other): \($0.inWords)"
        }
      }
    }
  }
}
