/// Why the store refused, and what to do.
public struct ModelStoreError: Error, Sendable, Equatable, CustomStringConvertible {
  /// What kind of refusal.
  public enum Kind: String, Sendable {
    /// No such version.
    case unknown
    /// The version's state does not allow it.
    case state
    /// The stored bytes are not those that were registered.
    case brokenArtifact
    /// Another version has this name.
    case conflict
    /// A field cannot be stored.
    case invalid
  }

  /// What kind of refusal.
  public let kind: Kind
  /// One sentence with its remedy.
  public let message: String
  /// The message.
  public var description: String { "Model store: \(message)" }

  init(_ kind: Kind, _ message: String) {
    self.kind = kind
    self.message = message
  }
}
