/// What is answered.
public enum Reply: Sendable, Hashable {
  /// One of the task's labels.
  case label(String)
  /// A sentence about the input.
  case caption(String)

  /// What a task answers with.
  public enum Kind: String, Sendable, CaseIterable {
    case label, caption
  }

  /// Bytes that a caption may have in UTF-8: one or a few sentences. Longer ones are refused wherever they come from.
  public static let longestCaption = 2_048

  /// The label, where it is one.
  public var label: String? { if case .label(let label) = self { label } else { nil } }

  /// The caption, where it is one.
  public var caption: String? { if case .caption(let caption) = self { caption } else { nil } }

  /// The label's or the caption's own words.
  public var text: String {
    switch self {
    case .label(let text), .caption(let text): text
    }
  }
}
