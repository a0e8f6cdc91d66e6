import Foundation
import Settings
import SmallModel
import Testing

@testable import Tasks

/// What the settings let through, its user takes: each key of a section at both ends of its range.
@Suite struct SettingRangesTests {
  struct Bound: Sendable, CustomTestStringConvertible {
    let path: [String]
    let value: String

    var testDescription: String { "\(path.joined(separator: ".")) = \(value)" }

    /// A task with this value, beside what others need.
    func task(_ base: String) throws -> TaskDefinition {
      let inner = path.dropFirst().reversed().reduce(value) { "{\"\($1)\": \($0)}" }.dropFirst().dropLast()
      return try TaskDefinition(json: base.replacing("$", with: inner))
    }
  }

  private static func bounds(below section: [String]) -> [Bound] {
    TaskDefinition.reference.declarations.filter { $0.path.starts(with: section) }.flatMap { declared in
      let ends: [String] =
        switch declared.form {
        case .integer(let range): ["\(range.lowerBound)", "\(range.upperBound)"]
        case .number(let range): ["\(range.lowerBound)", "\(range.upperBound)"]
        case .duration(let range): ["\"\(range.lowerBound.settingText)\"", "\"\(range.upperBound.settingText)\""]
        case .bytes(let range): ["\(range.lowerBound)", "\(range.upperBound)"]
        default: []
        }
      return ends.map { Bound(path: Array(declared.path.dropFirst(section.count - 1)), value: $0) }
    }
  }

  @Test(arguments: bounds(below: ["small_model"])) func trainingTakesIt(bound: Bound) throws {
    let task = try bound.task(#"{"task":{"name":"t"},"small_model":{$}}"#)
    let small = try #require(task.smallModel as? TextCNNRecipe)
    try small.training.validate()
    _ = try TextCNNShape(vocabulary: 9, padding: 0, dimension: small.dimension, filters: small.filters, labels: 2)
  }

  @Test(arguments: [(#"{"1":1}"#, true), (#"{"8":65536}"#, true), (#"{"9":1}"#, false), (#"{"0":1}"#, false)])
  func aFiltersWidthIsRefusedHereAsInTraining(filters: String, isAllowed: Bool) throws {
    let json = #"{"task":{"name":"t"},"small_model":{"filters":\#(filters)}}"#
    guard isAllowed else {
      let error = #expect(throws: SettingsError.self) { try TaskDefinition(json: json) }
      #expect(error?.problems.first?.contains("widths from 1 to 8") == true)
      return
    }
    let banks = try #require(try TaskDefinition(json: json).smallModel as? TextCNNRecipe).filters
    _ = try TextCNNShape(vocabulary: 9, padding: 0, dimension: 8, filters: banks, labels: 2)
  }

  /// How many failures open the breaker is tied to how many outcomes it sees, so these two have no ends of their own.
  @Test(arguments: bounds(below: ["large_model", "chat_completions"]).filter { !$0.path.contains("circuit_breaker") })
  func theServersClientTakesIt(bound: Bound) throws {
    let temperature = bound.path.contains("samples") ? #","temperature":0.7"# : ""
    let server = #"{"endpoints":["http://localhost/v1"],"model":"m"\#(temperature),$}"#
    let task = try bound.task(
      #"{"task":{"name":"t"},"large_model":{"kind":"chat_completions","chat_completions":\#(server)}}"#)
    try task.largeModel.server.client.validate(labels: ["a", "b"])
  }

  @Test func aBreakerThatWouldNeverOpenIsRefused() throws {
    let json = #"{"task":{"name":"t"},"large_model":{"chat_completions":{"circuit_breaker":{"window":5}}}}"#
    let error = #expect(throws: SettingsError.self) { try TaskDefinition(json: json) }
    #expect(error?.problems.first?.contains("would never open") == true)
  }

  @Test(arguments: ["[]", #"["no place"]"#]) func aTemplateNeedsALabelsPlace(templates: String) throws {
    let error = #expect(throws: SettingsError.self) {
      try TaskDefinition(json: #"{"task":{"name":"t"},"large_model":{"templates":\#(templates)}}"#)
    }
    #expect(error?.problems.first?.hasPrefix("large_model.templates") == true)
  }

  @Test(arguments: ["{label}", "{p}", "a cat"]) func aSoftTemplateNeedsBothPlaces(template: String) throws {
    let error = #expect(throws: SettingsError.self) {
      try TaskDefinition(
        json: #"{"task":{"name":"t"},"large_model":{"kind":"clip","soft_template":"\#(template)"}}"#)
    }
    #expect(error?.problems.first?.hasPrefix("large_model.soft_template") == true)
  }

  @Test func clipHasPromptsOfItsOwn() throws {
    func settings(_ more: String) throws -> LargeModelSettings {
      try TaskDefinition(json: #"{"task":{"name":"t"},"large_model":{"kind":"clip"\#(more)}}"#).largeModel
    }
    #expect(try settings("").templates == ["a photo of a {label}."])
    #expect(try settings("").encoder == "clip-vit-base-patch32")
    #expect(try settings(#","templates":["a {label}"],"encoder":"x""#).templates == ["a {label}"])
    #expect(try settings(#","templates":["a {label}"],"encoder":"x""#).encoder == "x")
  }
}
