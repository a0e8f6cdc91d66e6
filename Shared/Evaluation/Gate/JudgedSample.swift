/// A sample whose label is known, and what three cascades make of it.
public struct JudgedSample: Sendable, Equatable {
  /// The groups that it belongs to.
  public let groups: [SampleGroup]
  /// The cascade with the candidate as S2.
  public let candidate: CascadeOutcome
  /// The cascade that answers now.
  public let inForce: CascadeOutcome
  /// S1, then the large model: as if nothing had been distilled.
  public let undistilled: CascadeOutcome

  /// A judged sample.
  public init(
    groups: [SampleGroup], candidate: CascadeOutcome, inForce: CascadeOutcome, undistilled: CascadeOutcome
  ) {
    self.groups = groups
    self.candidate = candidate
    self.inForce = inForce
    self.undistilled = undistilled
  }
}
