import Foundation
import Kafka
import Operations
import Testing

@Suite struct DistillerOfFoldersTests {
  private func withFolders(_ body: (_ with: URL, _ without: URL) throws -> Void) throws {
    let root = URL.temporaryDirectory.appending(path: UUID().uuidString)
    let folders = try ["with", "without"].map { name in
      let folder = root.appending(path: name)
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      try Data(#"{"task": {"name": "\#(name)"}}"#.utf8).write(to: folder.appending(path: "task.json"))
      return folder
    }
    try Data().write(to: TaskFiles(folder: folders[0]).heldOut)
    try body(folders[0], folders[1])
    try FileManager.default.removeItem(at: root)
  }

  private func deployment(_ folders: [URL]) -> Deployment {
    Deployment(
      settings: DeploymentSettings(
        kafka: KafkaSettings(brokers: "localhost:1"), database: "", taskFolders: folders.map(\.path)))
  }

  /// Nothing but its labels is needed; a small model that somebody trains is waited for.
  @Test func aTaskThatNamesItsLabelsIsDistilledFromItsStream() throws {
    try withFolders { _, folder in
      try Data(
        #"{"task": {"name": "bare", "labels": ["a", "b"]}, "threshold": {"rule": "parity", "target": 0.9}}"#.utf8
      ).write(to: folder.appending(path: "task.json"))
      let task = try #require(try deployment([folder]).distillerOfFolders()?.tasks.first)
      #expect(task.task == "bare" && task.heldOut == nil)
      #expect(task.round.threshold == .parity(target: 0.9, confidence: 0.95))
      #expect(task.round.streamHoldOut.share == 0.3)
      try Data().write(to: TaskFiles(folder: folder).specific)
      #expect(try deployment([folder]).distillerOfFolders()?.tasks == nil)
    }
  }

  @Test func aTaskWithHeldOutSamplesIsDistilled() throws {
    try withFolders { with, without in
      let tasks = try #require(try deployment([without, with]).distillerOfFolders()).tasks
      #expect(tasks.map(\.task) == ["with"])
      #expect(tasks.first?.heldOut == TaskFiles(folder: with).heldOut.path)
      #expect(tasks.first?.policy.newAnswers == 1000)
      #expect(try deployment([without]).distillerOfFolders()?.tasks == nil)
    }
  }
}
