import Configuration
import Foundation

/// The JSON settings file: typed values by swift-configuration, and the tree of its keys, which that library does
/// not show and without which an unknown key could not be refused.
struct SettingsFile: Sendable {
  let name: String
  let root: [String: JSONNode]
  private let snapshot: JSONSnapshot

  /// - Throws: ``SettingsError`` where the file is not JSON or not an object.
  init(contents: Data, name: String) throws {
    self.name = name
    do {
      root = try JSONDecoder().decode([String: JSONNode].self, from: contents)
      snapshot = try JSONSnapshot(data: contents.bytes, providerName: name, parsingOptions: .default)
    } catch {
      throw SettingsError(problems: ["\(name) cannot be read as a JSON object of sections: \(Self.reason(error))"])
    }
  }

  /// - Throws: ``SettingsError`` where the file is missing or unreadable, too.
  init(path: String) throws {
    guard let contents = FileManager.default.contents(atPath: path) else {
      throw SettingsError(problems: [
        "settings file \(path) cannot be read: give a readable file by --settings or SHUNT_SETTINGS, "
          + "or neither to use the environment alone"
      ])
    }
    try self.init(contents: contents, name: path)
  }

  func node(at path: [String]) -> JSONNode? {
    var node = JSONNode.object(root)
    for name in path {
      guard case .object(let children) = node, let child = children[name] else { return nil }
      node = child
    }
    return node
  }

  /// The value at `path`; `nil` where there is none.
  /// - Throws: where the value has another type. JSON's true is not taken for 1, nor 1 for true.
  func value(at path: [String], type: ConfigType) throws -> ConfigContent? {
    guard let node = node(at: path), node != .null else { return nil }
    guard node.fits(type) else { throw SettingsError(problems: ["not a \(type.rawValue)"]) }
    return try snapshot.value(forKey: AbsoluteConfigKey(path), type: type).value?.content
  }

  /// The paths of all values, each from its section down.
  var leaves: [[String]] { JSONNode.object(root).leaves(below: []) }

  private static func reason(_ error: any Error) -> String {
    guard case DecodingError.dataCorrupted(let context) = error, let cause = context.underlyingError else {
      return (error as? DecodingError) == nil ? "\(error)" : "its top level is not an object"
    }
    return (cause as NSError).userInfo["NSDebugDescription"].map { "\($0)" } ?? "\(cause)"
  }
}

/// A value of the settings file, as far as keys and kinds go.
enum JSONNode: Sendable, Equatable, Decodable {
  case null
  case boolean(Bool)
  case number(Double)
  case string(String)
  case array([JSONNode])
  case object([String: JSONNode])

  init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if container.decodeNil() {
      self = .null
    } else if let value = try? container.decode(Bool.self) {
      self = .boolean(value)
    } else if let value = try? container.decode(Double.self) {
      self = .number(value)
    } else if let value = try? container.decode(String.self) {
      self = .string(value)
    } else if let value = try? container.decode([JSONNode].self) {
      self = .array(value)
    } else {
      self = .object(try container.decode([String: JSONNode].self))
    }
  }

  func fits(_ type: ConfigType) -> Bool {
    switch (type, self) {
    case (.string, .string), (.int, .number), (.double, .number), (.bool, .boolean), (.stringArray, .array): true
    default: false
    }
  }

  func leaves(below path: [String]) -> [[String]] {
    guard case .object(let children) = self, !children.isEmpty || path.isEmpty else { return [path] }
    return children.sorted { $0.key < $1.key }.flatMap { $0.value.leaves(below: path + [$0.key]) }
  }

  /// What it is, where it may hold a secret that no error should show.
  var kind: String {
    switch self {
    case .null: "null"
    case .boolean: "a boolean"
    case .number: "a number"
    case .string: "a text"
    case .array: "a list"
    case .object: "an object"
    }
  }

  /// As JSON, the members of objects in the order of their names.
  var json: String {
    switch self {
    case .null, .boolean, .number: text
    case .string(let value): Self.quoted(value)
    case .array(let values): "[" + values.map(\.json).joined(separator: ",") + "]"
    case .object(let members):
      "{" + members.sorted { $0.key < $1.key }.map { "\(Self.quoted($0.key)):\($0.value.json)" }.joined(separator: ",")
        + "}"
    }
  }

  /// By bytes: a quote beside a combining mark is one all the same.
  private static func quoted(_ text: String) -> String {
    var json = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"", "\\": json.unicodeScalars.append(contentsOf: ["\\", scalar])
      case "\u{0}"..."\u{1F}":
        json += "\\u00" + (scalar.value < 16 ? "0" : "") + String(scalar.value, radix: 16)
      default: json.unicodeScalars.append(scalar)
      }
    }
    return json + "\""
  }

  /// As a reader would write it, for error messages.
  var text: String {
    switch self {
    case .null: "null"
    case .boolean(let value): "\(value)"
    case .number(let value): Int(exactly: value).map { "\($0)" } ?? "\(value)"
    case .string(let value): "\"\(value)\""
    case .array(let values): "[" + values.map(\.text).joined(separator: ", ") + "]"
    case .object: "an object"
    }
  }
}
