/// Something that a run reports while it works.
public enum EvaluationStep: Sendable {
  /// A new stage has begun.
  case stage(String)
  /// So many of so many are done.
  case progress(String, Int, of: Int)
}
