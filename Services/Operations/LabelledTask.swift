import Foundation
import ModelRegistry
import ModelStore
import SmallModel
import Tasks

/// A task as people label it.
public struct LabelledTask: Sendable, Equatable {
  /// Its name.
  public let name: String
  /// What it may answer with, in the order of the classes; empty where it answers with captions.
  public let labels: [String]

  /// Whether it answers with captions.
  public var isCaptioned: Bool { labels.isEmpty }
}

extension Deployment {
  /// The task of a folder, or of a name: then its labels are those of the small model in force.
  /// - Throws: what is wrong with the folder; `TaskError` where its labels are not known.
  public func labelledTask(_ folderOrName: String) async throws -> LabelledTask {
    let folder = URL(fileURLWithPath: folderOrName)
    var name = folderOrName
    if FileManager.default.fileExists(atPath: folder.appending(path: "task.json").path) {
      let definition = try TaskDefinition(folder: folder)
      let labels = try TaskFiles(folder: folder).labels(of: definition)
      if definition.reply == .caption || !labels.isEmpty {
        return LabelledTask(name: definition.name, labels: labels)
      }
      name = definition.name
    }
    let store = try ModelStore(database("command"))
    guard let version = try await store.serving().active[ModelSlot(task: name, role: .specific)] else {
      throw TaskError("labels of task \(name) are not known: it has no small model in force; give the task's folder")
    }
    return LabelledTask(name: name, labels: try await ModelRegistry(store).stored(version).card.labels)
  }
}
