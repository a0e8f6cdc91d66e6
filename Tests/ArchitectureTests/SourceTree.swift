import Foundation
import Testing

/// The package's own Swift files.
struct SourceTree {
  let root: URL

  /// The package that this test belongs to.
  init(testFile: String = #filePath) {
    root = URL(filePath: testFile).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
  }

  /// The folders of modules below `Shared` or `Services`.
  func modules(below folder: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(
      at: root.appending(path: folder), includingPropertiesForKeys: [.isDirectoryKey]
    ).filter { try $0.resourceValues(forKeys: [.isDirectoryKey]).isDirectory == true }.map(\.lastPathComponent)
  }

  /// Paths from the root, of Swift files below `folder`.
  func swiftFiles(below folder: String) throws -> [String] {
    let paths = try FileManager.default.subpathsOfDirectory(atPath: root.appending(path: folder).path())
    return paths.filter { $0.hasSuffix(".swift") }.map { "\(folder)/\($0)" }.sorted()
  }

  func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: root.appending(path: path).path) }

  func text(_ path: String) throws -> String { try String(contentsOf: root.appending(path: path), encoding: .utf8) }

  /// All imports of all modules below `folder`.
  func imports(below folder: String) throws -> [ImportLine] {
    try modules(below: folder).flatMap { module in
      try swiftFiles(below: "\(folder)/\(module)").flatMap { file in
        ImportLine.all(in: try text(file), module: module, file: file)
      }
    }
  }
}
