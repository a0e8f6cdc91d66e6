import Cascade
import Foundation
import Postgres

/// Columns of a version without its artifact.
enum ModelColumns {
  static let names = """
    id, task, role, version, parent, state, reasons, size, hash, data_counts, seed, metrics, thresholds, round,
    created_at
    """
}

extension ModelVersion {
  init(_ row: Row) throws {
    self.init(
      id: try row["id"],
      description: ModelDescription(
        task: try row["task"], role: try Stored.role(row), version: try row["version"],
        parent: try row["parent"], dataCounts: try JSONColumn.decode(row, "data_counts"), seed: try row["seed"],
        metrics: try JSONColumn.decode(row, "metrics"), thresholds: try JSONColumn.decode(row, "thresholds")),
      size: try row["size"], hash: try row["hash"], state: try Stored.value(row, "state"), reasons: try row["reasons"],
      round: try row["round"], createdAt: try row["created_at"])
  }
}

extension ModelEvent {
  init(_ row: Row) throws {
    self.init(
      model: try row["model"], kind: try Stored.value(row, "kind"), from: try Stored.optional(row, "from_state"),
      to: try Stored.value(row, "to_state"), replaced: try row["replaced"], round: try row["round"],
      who: try row["who"], why: try row["why"], at: try row["at"])
  }
}

/// A column that holds one of an enumeration's names.
enum Stored {
  static func role(_ row: Row) throws -> AnsweredBy {
    let name: String = try row["role"]
    guard let role = AnsweredBy(roleName: name) else {
      throw ModelStoreError(.invalid, "role is \(name), which this version does not know; upgrade it")
    }
    return role
  }

  /// - Throws: `ModelStoreError` of kind `invalid` for a name that only a newer version knows.
  static func value<Value: RawRepresentable<String>>(_ row: Row, _ column: String) throws -> Value {
    try named(row[column], column)
  }

  /// The same of a column that may be null.
  static func optional<Value: RawRepresentable<String>>(_ row: Row, _ column: String) throws -> Value? {
    let text: String? = try row[column]
    return try text.map { try named($0, column) }
  }

  private static func named<Value: RawRepresentable<String>>(_ text: String, _ column: String) throws -> Value {
    guard let value = Value(rawValue: text) else {
      throw ModelStoreError(.invalid, "\(column) is \(text), which this version does not know; upgrade it")
    }
    return value
  }
}

/// Small dictionaries as jsonb.
enum JSONColumn {
  /// - Throws: `ModelStoreError` that names the field and the value that JSON cannot hold.
  static func encode(_ values: [String: Double], _ field: String) throws -> Parameter {
    if let bad = values.first(where: { !$0.value.isFinite }) {
      throw ModelStoreError(.invalid, "\(field).\(bad.key) is \(bad.value); leave out what is not a finite number")
    }
    return try encode(values)
  }

  static func encode(_ values: some Encodable) throws -> Parameter {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    return .text(String(decoding: try encoder.encode(values), as: UTF8.self))
  }

  static func decode<Value: Decodable>(_ row: Row, _ column: String) throws -> Value {
    let text: String = try row[column]
    do { return try JSONDecoder().decode(Value.self, from: Data(text.utf8)) } catch {
      throw ModelStoreError(.invalid, "\(column) holds \(text), which this version cannot read: \(error)")
    }
  }
}
