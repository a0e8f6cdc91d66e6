/// What is known to be right for an input.
public enum Truth: Sendable, Hashable {
  /// The label.
  case label(String)
  /// Captions that people wrote, each as good as the others; one at least.
  case captions([String])

  /// How good a reply is; `nil` where it is not of the truth's kind, and for captions, which are not scored yet.
  public func quality(of reply: Reply) -> Quality? {
    guard case (.label(let truth), .label(let label)) = (self, reply) else { return nil }
    return label == truth ? .right : .wrong
  }
}
