import Content
import Foundation

/// Package descriptions and their sections, real data that every Debian or Ubuntu machine has (`apt-cache dumpavail`).
public enum DebianSections {
  /// Sections that say how a package is packed, not what it is about.
  private static let leftOut: Set<String> = ["debug", "oldlibs", "metapackages", "tasks", "introspection"]
  /// A section with fewer packages is left out.
  private static let leastPackages = 100

  /// All short descriptions with their sections, each description once, in the list's order; id = package name.
  /// - Throws: `DatasetError` where the machine has no package lists.
  public static func rows() throws -> [DataRow] {
    let rows = rows(of: try dump())
    guard rows.count >= 1000 else {
      throw DatasetError(
        "apt-cache dumpavail lists \(rows.count) usable packages; run 'apt-get update' (as root) to bring the lists")
    }
    return rows
  }

  /// The rows of a dump's text.
  static func rows(of dump: String) -> [DataRow] {
    var seen: Set<Input> = []
    var rows: [DataRow] = []
    var stanza = Stanza()
    for line in dump.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
      if line.isEmpty {
        if let row = stanza.row, seen.insert(row.input).inserted { rows.append(row) }
        stanza = Stanza()
      } else {
        stanza.read(line)
      }
    }
    if let row = stanza.row, seen.insert(row.input).inserted { rows.append(row) }
    let counts = Dictionary(grouping: rows, by: \.label).mapValues(\.count)
    return rows.filter { counts[$0.label, default: 0] >= leastPackages }
  }

  /// The fields of one package that are needed.
  private struct Stanza {
    private var package = ""
    private var section = ""
    private var description = ""

    mutating func read(_ line: Substring.UTF8View.SubSequence) {
      if let value = value(of: "Package: ", in: line) {
        package = value
      } else if let value = value(of: "Section: ", in: line) {
        section = value.split(separator: "/").last.map(String.init) ?? ""
      } else if let value = value(of: "Description: ", in: line) ?? value(of: "Description-en: ", in: line) {
        description = value
      }
    }

    private func value(of field: StaticString, in line: Substring.UTF8View.SubSequence) -> String? {
      let isThere = field.withUTF8Buffer { line.starts(with: $0) }
      return isThere ? String(decoding: line.dropFirst(field.utf8CodeUnitCount), as: UTF8.self) : nil
    }

    var row: DataRow? {
      guard !package.isEmpty, !section.isEmpty, !description.isEmpty, !leftOut.contains(section) else { return nil }
      return DataRow(id: package, text: description, label: section)
    }
  }

  private static func dump() throws -> String {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["apt-cache", "dumpavail"]
    let output = Pipe()
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    do { try process.run() } catch { throw DatasetError("cannot run apt-cache: \(error.localizedDescription)") }
    let data = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else {
      throw DatasetError(
        "apt-cache dumpavail ended with status \(process.terminationStatus); is this Debian or Ubuntu?")
    }
    return String(decoding: data, as: UTF8.self)
  }
}
