import ArgumentParser
import Foundation
import Operations
import Tasks

/// Which task a command works on.
struct TaskOption: ParsableArguments {
  @Option(name: .long, help: "The task's folder with its task.json; its models are kept there.")
  var task: String

  var folder: URL { URL(fileURLWithPath: task) }

  func definition() throws -> TaskDefinition { try TaskDefinition(folder: folder) }

  var files: TaskFiles { TaskFiles(folder: folder) }
}

/// A file that a command writes at its end.
enum OutputFile {
  /// Sees before the work whether it can be written after it, and makes its folder.
  /// - Throws: `CommandError` where it cannot.
  static func check(_ path: String) throws {
    let url = URL(fileURLWithPath: path)
    var isFolder: ObjCBool = false
    if FileManager.default.fileExists(atPath: url.path, isDirectory: &isFolder), isFolder.boolValue {
      throw CommandError("\(path) is a folder; name a file")
    }
    try checkFolder(url.deletingLastPathComponent().path)
  }

  /// The same of a folder for files.
  static func checkFolder(_ path: String) throws {
    let url = URL(fileURLWithPath: path)
    do { try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true) } catch {
      throw CommandError("the folder \(path) cannot be made: \(error.localizedDescription)")
    }
    guard FileManager.default.isWritableFile(atPath: url.path) else {
      throw CommandError("the folder \(path) cannot be written to")
    }
  }
}
