import Foundation
import Testing

/// What the documents say of the tree is so.
@Suite struct DocumentsTests {
  private let tree = SourceTree()
  /// Of the root, of docs/ and of Benchmarks/.
  private func documents() throws -> [String] {
    try ["", "docs/", "Benchmarks/"].flatMap { folder in
      try FileManager.default.contentsOfDirectory(atPath: tree.root.appending(path: folder).path)
        .filter { $0.hasSuffix(".md") }.map { folder + $0 }
    }
  }

  @Test func everyLinkLeadsSomewhere() throws {
    let documents = try documents()
    #expect(documents.count > 10)
    for document in documents { try follow(document) }
  }

  private func follow(_ document: String) throws {
    let folder = document.contains("/") ? "\(document.prefix { $0 != "/" })/" : ""
    for link in try tree.text(document).matches(of: #/\]\((?<path>[^)#\s]*)(?:#(?<heading>[^)]+))?\)/#) {
      let path = String(link.output.path)
      guard !path.hasPrefix("http") else { continue }
      let target = path.isEmpty ? document : folder + path
      #expect(tree.exists(target), "\(document) links to \(target)")
      guard let heading = link.output.heading, tree.exists(target) else { continue }
      #expect(Self.headings(try tree.text(target)).contains(String(heading)), "\(target) has no heading #\(heading)")
    }
  }

  /// As links name them: small letters, hyphens for spaces, nothing else but letters and digits.
  private static func headings(_ text: String) -> Set<String> {
    Set(
      text.matches(of: #/(?m)^#+ (?<title>.+)$/#).map { heading in
        String(
          heading.output.title.lowercased().compactMap { letter in
            letter == " " ? "-" : letter.isLetter || letter.isNumber || letter == "-" ? letter : nil
          })
      })
  }

  @Test func theReadmeIsShort() throws {
    let text = try tree.text("README.md")
    #expect(text.split(whereSeparator: \.isWhitespace).count <= 900)
    for line in text.split(separator: "\n") where !line.hasPrefix("|") { #expect(line.count <= 125, "\(line)") }
  }

  /// Its table of modules is drawn by hand for people; the arrows are those that the imports are held to.
  @Test func theArchitecturesModulesAreThoseThatAreDrawn() throws {
    let rows = ModuleTable.rows(try tree.text("docs/architecture.md"))
    let shared = Set(try tree.modules(below: "Shared"))
    for (module, arrows) in DrawnArrows.all {
      let row = try #require(rows[module], "docs/architecture.md has no row for \(module)")
      #expect(row.arrows(shared: shared) == arrows, "\(module) in docs/architecture.md")
    }
    #expect(Set(rows.keys) == Set(DrawnArrows.all.keys))
  }

  @Test func everyPathThatTheArchitectureNamesIsThere() throws {
    let paths = try tree.text("docs/architecture.md")
      .matches(of: #/`(?<path>(?:Shared|Services|Tests|Benchmarks|scripts|docs|examples)/[^`\s*]+)`/#).map {
        String($0.output.path)
      }
    #expect(paths.count > 20)
    for path in paths { #expect(tree.exists(path), "docs/architecture.md names \(path)") }
  }
}

/// The rows of the table of modules in docs/architecture.md: `` | `Module` | what it is | `Import`, `Import` | ``.
struct ModuleTable {
  private let cell: Substring

  static func rows(_ text: String) -> [String: ModuleTable] {
    text.matches(of: #/(?m)^\| `(?<module>\w+)` \|[^|]*\|(?<arrows>[^|]*)\|$/#).reduce(into: [:]) { rows, row in
      rows[String(row.output.module)] = ModuleTable(cell: row.output.arrows)
    }
  }

  /// - Parameter shared: what "all of Shared" stands for.
  func arrows(shared: Set<String>) -> Set<String> {
    let named = Set(cell.matches(of: #/`(?<name>\w+)`/#).map { String($0.output.name) })
    return cell.contains("all of Shared") ? named.union(shared) : named
  }
}
