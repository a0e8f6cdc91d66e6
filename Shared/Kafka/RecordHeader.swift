/// A record's header: a name and bytes, or none.
public struct RecordHeader: Sendable, Equatable {
  /// The name; a record may have several headers of one name.
  public var name: String

  /// The bytes; `nil` and empty are different things on the wire.
  public var value: [UInt8]?

  /// A header with bytes.
  public init(_ name: String, _ value: [UInt8]?) {
    self.name = name
    self.value = value
  }

  /// A header with text, in UTF-8.
  public init(_ name: String, _ text: String) {
    self.init(name, Array(text.utf8))
  }
}
