import CSimdjson

/// A value in a parsed text; valid only inside the closure that `JSONParser.parse` calls.
public struct JSONValue {
  let value: csj_value

  /// What kind of value it is, in JSON's words.
  public var kind: String {
    switch csj_kind_of(value) {
    case CSJ_NULL: "null"
    case CSJ_BOOL: "boolean"
    case CSJ_NUMBER: "number"
    case CSJ_STRING: "string"
    case CSJ_ARRAY: "array"
    default: "object"
    }
  }

  /// What it is, for messages to people: its kind, and its beginning where it is a text or a number.
  public var shown: String {
    if let text = string { return "\(kind) (\(text.cut(toBytes: 40).debugDescription))" }
    if let number = integer { return "\(kind) (\(number))" }
    if let number = double { return "\(kind) (\(number))" }
    return kind
  }

  /// Whether it is `null`.
  public var isNull: Bool { csj_kind_of(value) == CSJ_NULL }

  /// Whether it is an object.
  public var isObject: Bool { csj_kind_of(value) == CSJ_OBJECT }

  /// The bytes of a string, unescaped; `nil` where it is no string.
  public var utf8: UnsafeBufferPointer<UInt8>? {
    var bytes: UnsafePointer<CChar>?
    var count = 0
    guard csj_string(value, &bytes, &count) else { return nil }
    return UnsafeBufferPointer(
      start: bytes.map { UnsafeRawPointer($0).assumingMemoryBound(to: UInt8.self) }, count: count)
  }

  /// A string; `nil` where it is none.
  public var string: String? { utf8.map { String(decoding: $0, as: UTF8.self) } }

  /// A number; `nil` where it is none.
  public var double: Double? {
    var number = 0.0
    return csj_double(value, &number) ? number : nil
  }

  /// A whole number that fits 64 bits; `nil` where it is none.
  public var integer: Int64? {
    var number: Int64 = 0
    return csj_int64(value, &number) ? number : nil
  }

  /// A boolean; `nil` where it is none.
  public var bool: Bool? {
    var flag = false
    return csj_bool(value, &flag) ? flag : nil
  }

  /// The value under `key`; `nil` where this is no object, has no such key, or has `null` there.
  public subscript(key: StaticString) -> JSONValue? {
    var member = csj_value()
    let found = key.withUTF8Buffer { key in
      key.withMemoryRebound(to: CChar.self) { key in
        key.baseAddress.map { csj_member(value, $0, key.count, &member) } ?? false
      }
    }
    guard found, csj_kind_of(member) != CSJ_NULL else { return nil }
    return JSONValue(value: member)
  }

  /// Calls `body` with each key and value of an object, in their order; does nothing where it is none.
  public func forEachMember(_ body: (String, JSONValue) throws -> Void) rethrows {
    var members = csj_members()
    guard csj_object_start(value, &members) else { return }
    var (key, count, member) = (UnsafePointer<CChar>?.none, 0, csj_value())
    while csj_object_next(&members, &key, &count, &member) {
      let bytes = UnsafeRawBufferPointer(start: key, count: count)
      try body(String(decoding: bytes, as: UTF8.self), JSONValue(value: member))
    }
  }

  /// Calls `body` with each element of an array, in their order; does nothing where it is none.
  public func forEachElement(_ body: (JSONValue) throws -> Void) rethrows {
    var elements = csj_members()
    guard csj_array_start(value, &elements) else { return }
    var element = csj_value()
    while csj_array_next(&elements, &element) { try body(JSONValue(value: element)) }
  }
}

extension JSONValue {
  private func isNot(_ wanted: String, _ key: StaticString) -> JSONError {
    JSONError("field \"\(key)\" is a \(shown); it must be \(wanted)", kind: "field \"\(key)\" is a \(kind)")
  }

  /// A string that must be there and not be empty.
  /// - Throws: `JSONError` naming the field, and what stands there instead.
  public func requiredString(_ key: StaticString) throws(JSONError) -> String {
    guard let member = self[key] else { throw JSONError("field \"\(key)\" is missing; it must be a string") }
    guard let text = member.string else {
      throw member.isNot("a string", key)
    }
    guard !text.isEmpty else { throw JSONError("field \"\(key)\" is empty; it must not be") }
    return text
  }

  /// A string where there is one; `nil` where the field is missing or null.
  /// - Throws: `JSONError` where something else stands there.
  public func optionalString(_ key: StaticString) throws(JSONError) -> String? {
    guard let member = self[key] else { return nil }
    guard let text = member.string else {
      throw member.isNot("a string", key)
    }
    return text
  }

  /// A number that must be there.
  /// - Throws: `JSONError` naming the field.
  public func requiredDouble(_ key: StaticString) throws(JSONError) -> Double {
    guard let number = try optionalDouble(key) else {
      throw JSONError("field \"\(key)\" is missing; it must be a number")
    }
    return number
  }

  /// A number where there is one.
  /// - Throws: `JSONError` where something else stands there.
  public func optionalDouble(_ key: StaticString) throws(JSONError) -> Double? {
    guard let member = self[key] else { return nil }
    guard let number = member.double else {
      throw member.isNot("a number", key)
    }
    return number
  }

  /// A whole number where there is one.
  /// - Throws: `JSONError` where something else stands there.
  public func optionalInteger(_ key: StaticString) throws(JSONError) -> Int64? {
    guard let member = self[key] else { return nil }
    guard let number = member.integer else {
      throw member.isNot("a whole number", key)
    }
    return number
  }

  /// A whole number that must be there.
  /// - Throws: `JSONError` naming the field.
  public func requiredInteger(_ key: StaticString) throws(JSONError) -> Int64 {
    guard let number = try optionalInteger(key) else {
      throw JSONError("field \"\(key)\" is missing; it must be a whole number")
    }
    return number
  }

  /// A boolean where there is one; `false` where the field is missing.
  /// - Throws: `JSONError` where something else stands there.
  public func flag(_ key: StaticString) throws(JSONError) -> Bool {
    guard let member = self[key] else { return false }
    guard let flag = member.bool else {
      throw member.isNot("true or false", key)
    }
    return flag
  }
}
