/// Who answered a sample.
public enum AnsweredBy: String, Sendable, Codable, CaseIterable {
  /// S1, the small model trained on the task's labelled data.
  case specific
  /// S2, the small model that learns from the large one.
  case learnable
  /// The large model.
  case large
}
