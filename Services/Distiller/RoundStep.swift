/// The steps of a round that something outside can see. After each of them the process may die; whoever goes on finishes
/// the round or forgets it.
enum RoundStep: String, Sendable, CaseIterable {
  /// The round's row stands as running.
  case begun
  /// Answers and models are read.
  case read
  /// The candidate is trained and judged.
  case judged
  /// The candidate's version is stored.
  case registered
  /// Promotion or rejection, the round's end and the cursor are committed.
  case finished
}
