import Content
import LargeModel
import Settings
import Testing

@testable import Tasks

@Suite struct CaptionTaskTests {
  private static let server =
    #""large_model":{"kind":"chat_completions","chat_completions":{"endpoints":["http://127.0.0.1:1/v1"],"model":"m"}}"#

  @Test func aCaptionTaskNeedsNoLabelsAndNoSmallModel() throws {
    let task = try TaskDefinition(json: #"{"task":{"name":"t","reply":"caption","reads":["image"]},\#(Self.server)}"#)
    #expect(task.reply == .caption && task.labels.isEmpty && task.needsNoSmallModel && !task.namesLabels)
    #expect(task.reads == [.image] && task.pruning.mode == .none && task.pruning.form == .text)
    #expect(task.largeModel.server.client.reply == .caption && task.largeModel.server.client.template == "{text}")
    #expect(task.largeModel.traits.replies == [.label, .caption])
    #expect(try TaskDefinition(json: #"{"task":{"name":"t"}}"#).reply == .label)
    let soft = #"{"task":{"name":"t","reply":"caption"},\#(Self.server),"pruning":{"mode":"soft"}}"#
    #expect(try TaskDefinition(json: soft).pruning.mode == .soft)
  }

  @Test(arguments: [
    (#""labels":["a","b"]"#, Self.server, "task.labels: the task answers with captions"),
    (#""descriptions":{"a":"b"}"#, Self.server, "task.descriptions: the task answers with captions"),
    (#""reply":"sentence""#, Self.server, "label, caption"),
    (#""reads":["image"]"#, #""large_model":{"kind":"clip"}"#, "large_model.kind: clip gives no caption"),
    (#""reads":["image"]"#, #""threshold":{}"#, "name recorded or chat_completions or captioner"),
    (#""reads":["image"]"#, #"\#(Self.server),"pruning":{"mode":"hard"}"#, "pruning.mode: a caption has no candidates"),
    (#""reads":["image"]"#, #"\#(Self.server),"pruning":{"mode":"auto"}"#, "set none, or soft"),
    (
      #""reads":["image"]"#, #"\#(Self.server),"pruning":{"mode":"soft","form":"product"}"#, "set text, or leave it out"
    ),
    (#""reads":["image"]"#, #"\#(Self.server),"pruning":{"keeps_at_least":3}"#, "pruning.keeps_at_least: the task"),
    (
      #""reads":["image"]"#, #""large_model":{"kind":"recorded","file":"f"},"pruning":{"mode":"soft"}"#,
      "recorded reads no prompt"
    ),
    (#""reads":["image"]"#, #""large_model":{"kind":"recorded","file":"f","accuracy":0.9}"#, "large_model.accuracy"),
    (#""reads":["image"]"#, #""large_model":{"kind":"recorded","none_of_these":{"threshold":0.1}}"#, "none_of_these"),
  ])
  func whatIsOfLabelsIsRefused(member: String, sections: String, reason: String) throws {
    let reply = member.hasPrefix(#""reply""#) ? "" : #","reply":"caption""#
    let json = #"{"task":{"name":"t",\#(member)\#(reply)},\#(sections)}"#
    let error = try #require(throws: SettingsError.self) { try TaskDefinition(json: json) }
    #expect(error.description.contains(reason), "\(error)")
  }

  @Test(arguments: [
    (#""mode":"json_schema""#, "mode: json_schema holds answers to labels"),
    (#""examples":{"a":"b"}"#, "examples: they are of labels"),
    (#""samples":3,"temperature":0.7"#, "samples: 3; captions hardly ever agree"),
    (#""template":"{text} {candidates}""#, "{candidates} is of labels"), (#""template":"Look:""#, "{text} is missing"),
  ])
  func aServersSettingsOfLabelsAreRefused(member: String, reason: String) throws {
    let json =
      #"{"task":{"name":"t","reply":"caption"},"large_model":{"kind":"chat_completions","chat_completions":{"endpoints":["http://127.0.0.1:1/v1"],"model":"m",\#(member)}}}"#
    let error = try #require(throws: SettingsError.self) { try TaskDefinition(json: json) }
    #expect(error.description.contains(reason), "\(error)")
  }

  @Test func aCaptionerOfOnesOwnWeighsTheSmallModelsCaption() throws {
    func task(_ captioner: String) throws -> TaskDefinition {
      try TaskDefinition(
        json: #"{"task":{"name":"t","reply":"caption"},"large_model":{"kind":"captioner","captioner":{\#(captioner)}},"#
          + #""pruning":{"mode":"soft"}}"#)
    }
    let unset = try task("")
    #expect(unset.pruning.mode == .soft && unset.pruning.form == .text && unset.largeModel.suggestionWeight == 1.5)
    #expect(try task(#""suggestion_weight":0.5"#).largeModel.suggestionWeight == 0.5)
    let error = try #require(throws: SettingsError.self) { try task(#""suggestion_weight":-1"#) }
    #expect(error.description.contains("large_model.captioner.suggestion_weight"), "\(error)")
  }

  @Test func onlyASoftPromptShowsTheSmallModelsCaption() throws {
    let suggestion = LargeModelRequest.Suggestion(caption: "a dog", confidence: 0.25)
    for (mode, shown) in [("none", nil), ("soft", suggestion)] {
      let json = #"{"task":{"name":"t","reply":"caption"},\#(Self.server),"pruning":{"mode":"\#(mode)"}}"#
      let pruner = PromptPruner(settings: try TaskDefinition(json: json).pruning, classCount: 0, facts: nil)
      let question = pruner.question(captionOf: .text("x"), id: "1", suggestion: suggestion)
      #expect(question.request.suggestion == shown && question.request.candidates.isEmpty && question.request.id == "1")
      let answer = LargeModelAnswer(caption: "a cat", confidence: 0.5, promptTokens: 1, completionTokens: 1, cost: 0)
      #expect(pruner.conclude(question, answer) == nil)
    }
  }
}
