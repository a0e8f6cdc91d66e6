import Foundation
import Recorder
import SmallModel
import Tasks

extension Deployment {
  /// What the tasks answer with whose folders are here. A recorder can do without them.
  /// - Throws: `SettingsError` for a folder whose `task.json` is wrong; what keeps a small model from being read.
  func taskReplies() throws -> TaskReplies {
    var replies: [String: TaskReplies.Reply] = [:]
    for folder in settings.taskFolders where FileManager.default.fileExists(atPath: folder) {
      let definition = try TaskDefinition(folder: URL(fileURLWithPath: folder))
      if definition.reply == .caption { replies[definition.name] = .captions }
      let labels = try TaskFiles(folder: URL(fileURLWithPath: folder)).labels(of: definition)
      if !labels.isEmpty { replies[definition.name] = .labels(Set(labels)) }
    }
    return TaskReplies(replies)
  }
}

extension TaskFiles {
  /// The labels that `task.json` names, or else those of the small model in the folder; empty where neither tells.
  public func labels(of definition: TaskDefinition) throws -> [String] {
    if definition.namesLabels || definition.reply == .caption { return definition.labels }
    guard FileManager.default.fileExists(atPath: specific.path) else { return [] }
    return try SmallModelArtifact(contentsOf: specific).card.labels
  }
}
