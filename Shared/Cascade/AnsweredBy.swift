/// Who answers a sample, in the order in which they are asked.
public enum AnsweredBy: String, Sendable, Codable, CaseIterable {
  /// S1, the small model trained on the task's labelled data.
  case specific
  /// S2, the small model that learns from the large one.
  case learnable
  /// A further small model, slower and surer than those before it, such as a sentence encoder with a head.
  case intermediate
  /// The large model.
  case large

  /// The small models, in the order in which they are asked.
  public static let smallModels: [AnsweredBy] = allCases.filter { $0 != .large }
}
