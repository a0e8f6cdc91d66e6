import Foundation
import Settings
import SmallModel

/// The text of a task's `task.json`, with parts of it in other words.
public struct TaskDocument: Sendable {
  /// As JSON.
  public let text: String
  private let name: String

  private init(_ text: String, name: String) { (self.text, self.name) = (text, name) }

  /// Reads `task.json` in `folder`.
  /// - Throws: `SettingsError` where it cannot be read.
  public init(folder: URL) throws(SettingsError) {
    let url = folder.appendingPathComponent("task.json")
    do { self.init(try String(contentsOf: url, encoding: .utf8), name: url.path) } catch {
      throw SettingsError(problems: ["\(url.path) cannot be read: a task's folder needs a task.json (see examples/)"])
    }
  }

  /// What it says.
  /// - Throws: `SettingsError` with everything that is wrong in it.
  public func definition() throws -> TaskDefinition { try TaskDefinition(json: text, name: name) }

  /// The same task with a small model of another architecture: its settings stand in `small_model.NAME.json` beside
  /// `task.json`, as section `small_model` has them; without that file they are the architecture's defaults.
  public func with(_ architecture: Architecture, from folder: URL) throws -> TaskDocument {
    if try architecture == own() { return self }
    let file = Self.variant(architecture, in: folder)
    var section: [String: Any] = [:]
    if FileManager.default.fileExists(atPath: file.path) {
      section = try Self.object(Data(contentsOf: file), name: file.path)
    }
    section["architecture"] = architecture.name
    let shown = section.count == 1 ? name : "\(name) with \(file.path)"
    return try replacing(name: shown) { $0["small_model"] = section }
  }

  /// The architectures that the task has a small model of: its own, and those of files `small_model.NAME.json`.
  public func architectures(in folder: URL) throws -> [Architecture] {
    let own = try own()
    return Architecture.all.filter { architecture in
      architecture == own
        || FileManager.default.fileExists(atPath: Self.variant(architecture, in: folder).path)
    }
  }

  /// The same with one setting of a section.
  public func with(_ section: String, _ key: String, _ value: String) throws -> TaskDocument {
    try replacing(name: name) { object in
      var inner = object[section] as? [String: Any] ?? [:]
      inner[key] = value
      object[section] = inner
    }
  }

  /// The same with a section's settings in the place of all that the section said.
  public func with(_ section: String, _ settings: [String: Any]) throws -> TaskDocument {
    try replacing(name: name) { $0[section] = settings }
  }

  /// Writes it as `task.json` in `folder`.
  public func write(to folder: URL) throws {
    try Data(text.utf8).write(to: folder.appendingPathComponent("task.json"), options: .atomic)
  }

  private func own() throws -> Architecture {
    let section = try object()["small_model"] as? [String: Any]
    return try (section?["architecture"] as? String).map { try Architecture.named($0) } ?? .textCNN
  }

  private static func variant(_ architecture: Architecture, in folder: URL) -> URL {
    folder.appendingPathComponent("small_model.\(architecture.name).json")
  }

  private func replacing(name: String, _ change: (inout [String: Any]) -> Void) throws -> TaskDocument {
    var object = try object()
    change(&object)
    let data = try JSONSerialization.data(withJSONObject: object, options: [.sortedKeys, .withoutEscapingSlashes])
    return TaskDocument(String(decoding: data, as: UTF8.self), name: name)
  }

  private func object() throws -> [String: Any] { try Self.object(Data(text.utf8), name: name) }

  private static func object(_ data: Data, name: String) throws -> [String: Any] {
    do {
      guard let object = try JSONSerialization.jsonObject(with: data) as? [String: Any] else {
        throw SettingsError(problems: ["\(name) must be a JSON object"])
      }
      return object
    } catch let error as SettingsError { throw error } catch {
      throw SettingsError(problems: ["\(name) is not JSON: \(error.localizedDescription)"])
    }
  }
}
