/// What came of a round that ran to its end. The table `round_outcomes` has the same names.
public enum RoundOutcome: String, Sendable, CaseIterable {
  /// Its candidate answers.
  case promoted
  /// Its candidate answers as a shadow first.
  case shadowed
  /// Its candidate is kept, with the reasons, and answers nothing.
  case rejected
  /// Nothing that is stored teaches anything.
  case nothingToLearn = "nothing to learn"
  /// Its data let it come to no end of its own.
  case failed
}
