/// What there is to set, for people: as the commands' help, and as the page `docs/settings.md`.
public struct SettingsReference: Sendable {
  /// Every key, in the order in which it is read.
  public let declarations: [SettingDeclaration]

  /// The keys that `body` reads.
  public init(_ body: (SettingsReader) -> Void) { declarations = SettingsSources.declarations(body) }

  /// A heading and a table for each section.
  public var markdown: String {
    sections.map { section, declarations in
      let rows = declarations.map { declared in
        [
          code(declared.path.dropFirst().joined(separator: ".")), declared.shownDefault.map(code) ?? "",
          cell(declared.form.allowed), cell(declared.shownHelp),
        ]
      }
      let table = [["key", "default", "what it may be", "what it does"], ["---", "---", "---", "---"]] + rows
      return "### `\(section)`\n" + table.map { "| \($0.joined(separator: " | ")) |" }.joined(separator: "\n")
    }.joined(separator: "\n\n")
  }

  /// The keys of some sections, two lines each.
  public func help(_ names: Set<String>) -> String {
    declarations.filter { names.contains($0.path[0]) }.map { declared in
      "  \(declared.key)\(declared.shownDefault.map { " = \($0)" } ?? "")\n"
        + "      \(declared.form.allowed): \(declared.shownHelp)"
    }.joined(separator: "\n")
  }

  /// In the order of their first key, objects behind plain keys.
  private var sections: [(String, [SettingDeclaration])] {
    var names: [String] = []
    for declared in declarations where !names.contains(declared.path[0]) { names.append(declared.path[0]) }
    return names.map { name in
      let keys = declarations.filter { $0.path[0] == name }
      return (name, keys.filter { $0.path.count == 2 } + keys.filter { $0.path.count > 2 })
    }
  }

  private func code(_ text: String) -> String { "`\(cell(text))`" }
  /// A table's cell ends at a bar.
  private func cell(_ text: String) -> String { text.replacing("|", with: "\\|") }
}

extension SettingDeclaration {
  /// On one line; `nil` for none.
  fileprivate var shownDefault: String? {
    guard let defaultText, !defaultText.isEmpty else { return nil }
    return defaultText.replacing("\n", with: "\\n")
  }

  fileprivate var shownHelp: String {
    let others = variables.dropFirst().map { " \($0) may hold it, too." }.joined()
    return (isRequired ? "Must be set. " : "") + help + others
  }
}
