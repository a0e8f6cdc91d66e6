import Foundation

/// One `import` in one file of one module.
struct ImportLine: Equatable, CustomStringConvertible {
  let module: String
  let file: String
  let line: Int
  let imported: String

  var description: String { "\(file):\(line): \(module) imports \(imported)" }

  /// The imports in a file's text, whatever stands before or between: attributes, access, a kind, a submodule.
  static func all(in text: String, module: String, file: String) -> [ImportLine] {
    let pattern =
      #/^\s*(?:@\w+(?:\([^)]*\))?\s+)*(?:(?:public|package|internal|fileprivate|private)\s+)?import\s+(?:(?:struct|class|enum|actor|protocol|typealias|func|var|let)\s+)?(?<name>\w+)/#
    return text.split(separator: "\n", omittingEmptySubsequences: false).enumerated().compactMap { index, line in
      line.firstMatch(of: pattern).map {
        ImportLine(module: module, file: file, line: index + 1, imported: String($0.output.name))
      }
    }
  }
}
