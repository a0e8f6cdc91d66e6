import Captioning

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

  /// How good a reply is: of a label whether it is the truth, of a caption its sentence BLEU. `nil` where it is not of the
  /// truth's kind.
  public func quality(of reply: Reply) -> Quality? {
    switch (self, reply) {
    case (.label(let truth), .label(let label)): label == truth ? .right : .wrong
    case (.captions(let truths), .caption(let caption)):
      Quality(Float(SentenceBLEU.quality(of: caption, references: truths)))
    case (.label, .caption), (.captions, .label): nil
    }
  }
}
