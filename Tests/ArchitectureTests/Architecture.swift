import Foundation

/// The checks, as functions of values, so that their own tests can show that each can fail.
enum Architecture {
  /// What comes with the toolchain and needs no declaration.
  static let toolchain: Set<String> = [
    "Swift", "Foundation", "FoundationNetworking", "Synchronization", "Dispatch", "Glibc", "Darwin", "Musl",
  ]

  /// A line for each import that is not drawn, or not declared in Package.swift.
  static func violations(
    of imports: [ImportLine], arrows: [String: Set<String>], pure: Set<String>, manifest: Manifest
  ) -> [String] {
    imports.compactMap { line in
      guard let drawn = arrows[line.module] else { return "\(line.module) has no arrows in DrawnArrows: draw them" }
      if arrows[line.imported] != nil, !drawn.contains(line.imported) {
        return "\(line): this arrow is not drawn in the design"
      }
      if pure.contains(line.module), line.imported != "Foundation", !pure.contains(line.imported) {
        return "\(line): \(line.module) is pure and imports nothing but Foundation and what is pure"
      }
      if !toolchain.contains(line.imported), manifest.dependencies[line.module]?.contains(line.imported) != true {
        return "\(line): Package.swift does not declare it for \(line.module)"
      }
      return nil
    }
  }

  /// A line for each line of a file that holds SQL, outside the stores and Postgres' own wrapper.
  static func strayQueries(in text: String, file: String) -> [String] {
    let home = #/^Shared/(Postgres|\w+Store)//#
    guard file.firstMatch(of: home) == nil else { return [] }
    let query =
      #/(^|")\s*(SELECT\s|INSERT\s+INTO\s|UPDATE\s+\w+\s+SET\s|DELETE\s+FROM\s|WITH\s+\w+\s+AS\s|(CREATE|ALTER|DROP)\s+(TABLE|VIEW|INDEX|TEMP|ROLE|DATABASE)|(LISTEN|NOTIFY|COPY|TRUNCATE)\s+\\?"?\w)/#
    return text.split(separator: "\n", omittingEmptySubsequences: false).enumerated().compactMap { index, line in
      guard line.firstMatch(of: query) != nil else { return nil }
      return "\(file):\(index + 1): SQL stands in the stores; give one a function for this"
    }
  }

  /// A line for each file whose name says nothing of what is in it.
  static func emptyNames(_ files: [String]) -> [String] {
    let word = #/(Util(s|ities|ity)?|Common|Helpers?|Managers?|Misc)($|[A-Z+.])/#
    return files.filter { ($0 as NSString).lastPathComponent.firstMatch(of: word) != nil }
      .map { "\($0): name it after the noun that it holds" }
  }
}
