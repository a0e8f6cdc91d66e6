import JSON

extension JSONWriter {
  /// Writes a member where it is true.
  mutating func member(_ name: StaticString, ifTrue flag: Bool) {
    guard flag else { return }
    key(name)
    bool(true)
  }

  /// Writes a member where there is a value.
  mutating func member(_ name: StaticString, _ value: String?) {
    guard let value else { return }
    key(name)
    string(value)
  }

  /// Writes a member where there is a value.
  mutating func member(_ name: StaticString, _ value: Timestamp?) {
    guard let value else { return }
    key(name)
    integer(value.milliseconds)
  }

  /// Writes a member where there is a value.
  mutating func member(_ name: StaticString, probability value: Float?) {
    guard let value else { return }
    key(name)
    probability(value)
  }

  /// Writes a member.
  mutating func member(_ name: StaticString, _ value: Int) {
    key(name)
    integer(Int64(value))
  }

  /// Writes a member where there is a value.
  mutating func member(_ name: StaticString, _ value: Float?) {
    guard let value else { return }
    key(name)
    float(value)
  }

  /// Writes a member.
  mutating func member(_ name: StaticString, _ value: Double) {
    key(name)
    double(value)
  }

  /// Writes a member that is an object, where there is one.
  mutating func member<Value>(
    _ name: StaticString, _ value: Value?, _ write: (Value, inout JSONWriter) -> Void
  ) {
    guard let value else { return }
    key(name)
    write(value, &self)
  }
}
