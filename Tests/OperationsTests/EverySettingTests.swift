import Foundation
import Operations
import Settings
import Tasks
import Testing

/// Every key of the settings file and of `task.json`, by its declaration.
@Suite struct EverySettingTests {
  struct Key: Sendable, CustomTestStringConvertible {
    let declaration: SettingDeclaration
    let isOfTask: Bool

    var testDescription: String { (isOfTask ? "task.json: " : "") + declaration.key }

    /// What is wrong with a file that has little more than this key.
    func problems(_ value: Any) throws -> [String] {
      let path = declaration.path
      let file = path.reversed().reduce(value) { [$1: $0] as [String: Any] }
      do {
        if isOfTask {
          _ = try TaskDefinition(json: Self.json(file, beside: ["task": ["name": "t"]]))
        } else {
          let beside = ["distiller": ["tasks": ["<task>": ["held_out": "f"]]]]
          _ = try SettingsSources(json: Self.json(file, beside: beside)).read(EverySection.init)
        }
        return []
      } catch let error as SettingsError {
        return error.problems
      }
    }

    private static func json(_ file: Any, beside base: [String: Any]) throws -> String {
      String(decoding: try JSONSerialization.data(withJSONObject: merged(base, file)), as: UTF8.self)
    }

    private static func merged(_ left: Any?, _ right: Any) -> Any {
      guard let left = left as? [String: Any], let right = right as? [String: Any] else { return right }
      return right.reduce(into: left) { $0[$1.key] = merged($0[$1.key], $1.value) }
    }
  }

  static let keys =
    EverySection.reference.declarations.map { Key(declaration: $0, isOfTask: false) }
    + TaskDefinition.reference.declarations.map { Key(declaration: $0, isOfTask: true) }

  @Test(arguments: keys) func whatIsOutsideIsRefused(key: Key) throws {
    let outside = key.declaration.form.outside
    #expect(!outside.isEmpty)
    for value in outside {
      let problems = try key.problems(value)
      #expect(
        problems.contains {
          $0.hasPrefix(key.declaration.key) && $0.contains("must be \(key.declaration.form.allowed)")
        },
        "\(value): \(problems)")
    }
  }

  @Test(arguments: keys) func theDefaultIsAccepted(key: Key) throws {
    guard let text = key.declaration.defaultText, let value = try key.declaration.form.value(text) else { return }
    #expect(try key.problems(value) == [])
  }

  @Test(arguments: keys) func everyKeySaysWhatItDoes(key: Key) {
    #expect(key.declaration.help.hasSuffix(".") || key.declaration.help.hasSuffix("…"))
  }

  @Test func everyKeyIsDeclaredOnce() {
    for reference in [EverySection.reference, TaskDefinition.reference] {
      let keys = reference.declarations.map(\.key)
      #expect(Set(keys).count == keys.count)
    }
  }

  @Test func theSectionsAreThoseThatAreRead() {
    #expect(SettingsSources.sections == Set(EverySection.reference.declarations.map { $0.path[0] }))
  }

  @Test func thePageIsNotStale() throws {
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let page = try String(contentsOf: root.appending(path: "docs/settings.md"), encoding: .utf8)
    #expect(page == EverySection.page + "\n", "shunt settings --markdown > docs/settings.md")
  }
}

extension SettingForm {
  /// Values that a key of this form does not take, near its range where it has one.
  fileprivate var outside: [Any] {
    switch self {
    case .text: [5, ["x"]]
    case .filledText: ["", 5]
    case .integer(let range):
      [range.lowerBound - 1, "x", 0.5] + (range.upperBound < .max ? [range.upperBound + 1] : [])
    case .number(let range):
      [range.lowerBound - 1e-6, range.upperBound + max(1e-6, range.upperBound * 1e-6), "x"]
    case .flag: [1, "true"]
    case .duration(let range):
      [5, "x", (range.upperBound + .microseconds(1)).settingText]
        + (range.lowerBound > .zero ? [(range.lowerBound - .microseconds(1)).settingText] : [])
    case .bytes(let range): [range.lowerBound - 1, range.upperBound + 1, "1 apple"]
    case .choice: ["no such", 5]
    case .list: ["x", [1]]
    case .map, .object: ["x", [1]]
    }
  }

  /// A default's text as a file has it.
  fileprivate func value(_ text: String) throws -> Any? {
    switch self {
    case .text, .filledText, .duration, .bytes, .choice: text
    case .integer: Int(text)
    case .number: Double(text)
    case .flag: text == "true"
    case .list: text.isEmpty ? [String]() : text.components(separatedBy: ", ")
    case .map, .object: try JSONSerialization.jsonObject(with: Data(text.utf8))
    }
  }
}
