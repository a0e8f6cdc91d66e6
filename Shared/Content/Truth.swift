/// What is known to be right for an input.
public enum Truth: Sendable, Hashable {
  /// The label.
  case label(String)
  /// Captions that people wrote, each as good as the others; one at least.
  case captions([String])

  /// The label, where it is one.
  public var label: String? { if case .label(let label) = self { label } else { nil } }

  /// The captions, where it is that.
  public var captions: [String]? { if case .captions(let captions) = self { captions } else { nil } }

  /// How good a reply is; `nil` where it is not of the truth's kind, and for captions, which are not scored yet.
  public func quality(of reply: Reply) -> Quality? {
    guard case (.label(let truth), .label(let label)) = (self, reply) else { return nil }
    return label == truth ? .right : .wrong
  }
}
