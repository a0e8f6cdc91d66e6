import Datasets
import Foundation
import Tasks

/// The folder of a task that is yet to be made.
struct NewTaskFiles {
  /// As it was named.
  private let path: String
  let folder: URL
  /// The task's.
  var name: String { folder.lastPathComponent }

  init(_ path: String) {
    self.path = path.hasSuffix("/") && path.count > 1 ? String(path.dropLast()) : path
    folder = URL(fileURLWithPath: path).standardizedFileURL
  }

  /// - Throws: `CommandError` where a file would be overwritten, or none can be written.
  func checkFree() throws {
    for file in ["task.json", "README.md", "train.jsonl", "validation.jsonl"] {
      guard !FileManager.default.fileExists(atPath: folder.appending(path: file).path) else {
        throw CommandError(
          "\(path)/\(file) is there already and is not overwritten; name another folder, or move it away")
      }
    }
    try OutputFile.checkFolder(path)
  }

  /// Writes them.
  /// - Returns: what to do next.
  func write(_ outline: TaskOutline, rows: [DataRow]?) throws -> [String] {
    if let rows {
      let (training, heldOut) = rows.heldOut
      try DataFile.write(training, to: folder.appending(path: "train.jsonl"))
      try DataFile.write(heldOut, to: folder.appending(path: "validation.jsonl"))
    }
    let next = next(hasRows: rows != nil)
    try Data(outline.page(next: next).utf8).write(to: folder.appending(path: "README.md"), options: .atomic)
    try Data(outline.json.utf8).write(to: folder.appending(path: "task.json"), options: .atomic)
    return next
  }

  private func next(hasRows: Bool) -> [String] {
    let training = [
      "shunt train --task \(path) --data \(path)/train.jsonl --held-out \(path)/validation.jsonl",
      "shunt calibrate --task \(path) --data \(path)/validation.jsonl",
    ]
    return ["shunt check --task \(path)  # asks the large model one question"] + (hasRows ? training : [])
      + [
        "shunt local --task \(path)  # prints the broker's ADDRESS, and runs until Ctrl-C",
        "shunt produce SAMPLES.csv --task \(name) --brokers ADDRESS",
      ]
  }
}

extension [DataRow] {
  /// A fifth is held out, no more than 2,000; a text that stands there several times is on one side only.
  fileprivate var heldOut: (training: [DataRow], heldOut: [DataRow]) {
    let wanted = Swift.min(2000, count / 5)
    var (texts, heldOut, training): (Set<String>, [DataRow], [DataRow]) = ([], [], [])
    let groups = Dictionary(grouping: self) { $0.input.text ?? $0.id }
    for row in shuffled(seed: 0) {
      let text = row.input.text ?? row.id
      guard texts.insert(text).inserted, let group = groups[text] else { continue }
      if heldOut.count < wanted { heldOut += group } else { training += group }
    }
    return (training, heldOut)
  }
}
