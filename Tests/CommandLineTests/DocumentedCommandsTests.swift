import Foundation
import Testing

/// A command as a document shows it.
private struct ShownCommand: Hashable {
  let path: [String]
  let options: Set<String>

  /// All of a document: what stands in code, in a line of its own or among words, and begins with the program's name.
  static func all(in text: String) -> Set<ShownCommand> {
    Set(text.matches(of: #/(?m)(?:^ *|`)shunt (?<rest>[a-z][^`\n]*)/#).map { ShownCommand(String($0.output.rest)) })
  }

  private init(_ rest: String) {
    // What a shell would take for a comment or a pipe is no part of it.
    let words = rest.split { " |".contains($0) }.prefix { !$0.hasPrefix("#") }.map(String.init)
    let names = words.prefix { $0.wholeMatch(of: #/[a-z][a-z-]*/#) != nil }
    let hasSubcommands = ["models", "distill", "rejected"].contains(words[0])
    path = Array(names.prefix(hasSubcommands ? 2 : 1))
    options = Set(words.filter { $0.hasPrefix("--") }.map { String($0.prefix { $0 != "=" }) })
  }
}

/// Every command that a document shows exists, with these options.
@Suite struct DocumentedCommandsTests {
  private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  private static func documents() throws -> [URL] {
    let folders = [root, root.appending(path: "docs"), root.appending(path: "Benchmarks")]
    return try folders.flatMap { try FileManager.default.contentsOfDirectory(at: $0, includingPropertiesForKeys: nil) }
      .filter { $0.pathExtension == "md" }
  }

  @Test func commandsAreFoundInTextAndInBlocks() {
    let text = """
      `shunt models shadow NUMBER`, then shunt 72.5 %, and `shunt distill`
      ```
      shunt produce rows.csv --task t --rate=5   # --not this
      shunt                72.5 %
      ```
      """
    let found = ShownCommand.all(in: text)
    #expect(Set(found.map(\.path)) == [["models", "shadow"], ["distill"], ["produce"]])
    #expect(found.flatMap(\.options).sorted() == ["--rate", "--task"])
  }

  @Test func everyCommandExistsWithItsOptions() async throws {
    let shown = try Self.documents().reduce(into: Set<ShownCommand>()) { commands, document in
      commands.formUnion(ShownCommand.all(in: try String(contentsOf: document, encoding: .utf8)))
    }
    let options = Dictionary(grouping: shown, by: \.path).mapValues {
      $0.reduce(into: Set()) { $0.formUnion($1.options) }
    }
    #expect(options.count > 15)
    try await withProgram { program in
      for (path, options) in options {
        let name = path.joined(separator: " ")
        let help = try await program.run(path + ["--help"])
        #expect(help.code == 0 && help.output.contains("USAGE: shunt \(name)"), "there is no 'shunt \(name)'")
        let words = Set(help.output.split { " \n[]<>.,()".contains($0) }.map(String.init))
        for option in options { #expect(words.contains(option), "'shunt \(name)' has no \(option)") }
      }
    }
  }
}
