import Distiller
import Foundation
import Kafka
import Operations
import Tasks
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

  /// What people wrote judges captions, and nothing else does: their likeness to the large model's is no promise.
  @Test func aTaskOfCaptionsIsDistilledByHeldOutSamplesAlone() throws {
    try withFolders { with, without in
      let server = #""chat_completions": {"endpoints": ["http://127.0.0.1:1/v1"], "model": "m", "reads": ["image"]}"#
      for folder in [with, without] {
        try Data(
          """
          {"task": {"name": "\(folder.lastPathComponent)", "reply": "caption", "reads": ["image"]},
           "large_model": {"kind": "chat_completions", \(server)}, "pruning": {"mode": "none"}}
          """.utf8
        ).write(to: folder.appending(path: "task.json"))
      }
      let deployment = deployment([without, with])
      let tasks = try #require(try deployment.distillerOfFolders()).tasks
      #expect(tasks.map(\.task) == ["with"])
      #expect(try deployment.defined(tasks).map(\.task) == ["with"])
      let error = #expect(throws: TaskError.self) {
        try deployment.defined([TaskDistillation(task: "without", heldOut: nil)])
      }
      #expect(error?.description.contains("distiller.tasks.without.held_out") == true)
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
