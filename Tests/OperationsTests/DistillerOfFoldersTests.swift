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
