import Foundation

/// A JSON object of a model's configuration; its errors name file and key.
struct ConfigurationFields {
  private let url: URL
  private let path: String
  private let values: [String: Any]

  init(_ url: URL, _ values: [String: Any]) { self.init(url, path: "", values) }

  private init(_ url: URL, path: String, _ values: [String: Any]) {
    (self.url, self.path, self.values) = (url, path, values)
  }

  /// The object under a key, empty where it is missing. Old configurations have a second one, whose values count.
  func section(_ key: String) -> ConfigurationFields {
    let older = values[key + "_dict"] as? [String: Any] ?? [:]
    return ConfigurationFields(
      url, path: "\(path)\(key).", (values[key] as? [String: Any] ?? [:]).merging(older) { $1 })
  }

  func error(_ key: String, _ fault: String) -> EncoderError { EncoderError("\(url.path): \(path)\(key) \(fault)") }

  func text(_ key: String, default value: String) throws -> String {
    try read(key, as: String.self, "text") ?? value
  }

  func integer(_ key: String, default value: Int, in range: ClosedRange<Int> = 1...1_000_000) throws -> Int {
    let value = try read(key, as: Int.self, "whole number") ?? value
    guard range.contains(value) else {
      throw error(key, "is \(value); \(range.lowerBound) to \(range.upperBound) is computed")
    }
    return value
  }

  func number(_ key: String, default value: Double) throws -> Double {
    try read(key, as: Double.self, "number") ?? value
  }

  func numbers(_ key: String, count: Int, default values: [Double]) throws -> [Double] {
    let values = try read(key, as: [Double].self, "list of numbers") ?? values
    guard values.count == count else { throw error(key, "has \(values.count) numbers; \(count) are needed") }
    return values
  }

  /// A step that the reader always takes.
  func mustBeTrue(_ key: String) throws {
    guard try read(key, as: Bool.self, "true or false") ?? true else {
      throw error(key, "is false; this encoder always does it")
    }
  }

  /// A number of pixels, either plain or in an object, as `{"shortest_edge": 224}`.
  func pixels(_ key: String, default value: Int, names: [String]) throws -> Int {
    guard let object = values[key] as? [String: Any] else {
      return try integer(key, default: value, in: 1...4096)
    }
    guard Set(object.keys) == Set(names) else {
      throw error(
        key, "has \(object.keys.sorted().joined(separator: ", ")); \(names.joined(separator: " and ")) is computed")
    }
    let inner = ConfigurationFields(url, path: "\(path)\(key).", object)
    let sides = try names.map { try inner.integer($0, default: value, in: 1...4096) }
    guard Set(sides).count == 1 else { throw error(key, "is no square") }
    return sides[0]
  }

  private func read<Value>(_ key: String, as: Value.Type, _ kind: String) throws(EncoderError) -> Value? {
    guard let value = values[key], !(value is NSNull) else { return nil }
    guard let value = value as? Value else { throw error(key, "is no \(kind)") }
    return value
  }
}
