/// What is answered.
public enum Reply: Sendable, Hashable {
  /// One of the task's labels.
  case label(String)
  /// A sentence about the input.
  case caption(String)

  /// The label's or the caption's own words.
  public var text: String {
    switch self {
    case .label(let text), .caption(let text): text
    }
  }
}
