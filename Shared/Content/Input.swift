/// What is asked about: a text, an image, or both.
public struct Input: Sendable, Hashable {
  /// What a model can read.
  public enum Kind: String, Sendable, CaseIterable {
    case text, image
  }

  /// The text, where there is one.
  public var text: String?
  /// The image, where there is one.
  public var image: ImageSource?

  /// An input; one without both is nothing that a model could read.
  public init(text: String? = nil, image: ImageSource? = nil) {
    (self.text, self.image) = (text, image)
  }

  /// An input that is a text alone.
  public static func text(_ text: String) -> Input { Input(text: text) }

  /// Whether there is nothing in it.
  public var isEmpty: Bool { text == nil && image == nil }

  /// Whether there is something of a kind in it.
  public func holds(_ kind: Kind) -> Bool {
    switch kind {
    case .text: text != nil
    case .image: image != nil
    }
  }

  /// How many bytes it takes in a message, about.
  public var byteCount: Int { (text?.utf8.count ?? 0) + (image?.byteCount ?? 0) }
}
