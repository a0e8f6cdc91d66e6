import Foundation
import Settings
import SmallModel
import Testing

@testable import Tasks

@Suite struct TaskDocumentTests {
  private func withFolder(_ files: [String: String], _ body: (URL) throws -> Void) throws {
    let folder = URL.temporaryDirectory.appending(path: UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    for (name, text) in files { try Data(text.utf8).write(to: folder.appending(path: name)) }
    try body(folder)
    try FileManager.default.removeItem(at: folder)
  }

  private static let task = #"{"task": {"name": "fruit"}, "small_model": {"epochs": 7}}"#

  @Test func anotherSmallModelHasItsOwnSettings() throws {
    try withFolder(["task.json": Self.task, "small_model.lstm.json": #"{"hidden": 32}"#]) { folder in
      let document = try TaskDocument(folder: folder)
      #expect(try document.architectures(in: folder) == [.textCNN, .lstm])
      let lstm = try document.with(.lstm, from: folder).definition()
      #expect((lstm.smallModel as? LSTMRecipe)?.hidden == 32 && lstm.name == "fruit")
      // Without a file they are the architecture's own, and the task's own architecture keeps the task's.
      #expect(
        try document.with(.bert, from: folder).definition().smallModel.training.epochs == BERTRecipe().training.epochs)
      #expect(try document.with(.textCNN, from: folder).definition().smallModel.training.epochs == 7)
    }
  }

  @Test func oneSettingIsReplaced() throws {
    try withFolder(["task.json": Self.task]) { folder in
      let document = try TaskDocument(folder: folder).with("large_model", "answer_field", "gpt")
      let other = folder.appending(path: "other")
      try FileManager.default.createDirectory(at: other, withIntermediateDirectories: true)
      try document.write(to: other)
      #expect(try TaskDefinition(folder: other).largeModel.answerField == "gpt")
      #expect(try TaskDefinition(folder: other).smallModel.training.epochs == 7)
    }
  }

  @Test(arguments: [
    (["task.json": "[]"], "must be a JSON object"), (["task.json": "{"], "is not JSON"),
    (["task.json": Self.task, "small_model.lstm.json": "7"], "small_model.lstm.json"),
    (["task.json": Self.task, "small_model.lstm.json": #"{"filters": {}}"#], "small_model.lstm.json"),
    ([:], "task.json cannot be read"),
  ])
  func whatCannotBeReadIsNamed(files: [String: String], words: String) throws {
    try withFolder(files) { folder in
      let error = #expect(throws: SettingsError.self) {
        try TaskDocument(folder: folder).with(.lstm, from: folder).definition()
      }
      #expect("\(error.map(String.init(describing:)) ?? "")".contains(words))
    }
  }
}
