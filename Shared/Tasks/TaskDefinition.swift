import Cascade
import Classification
import Foundation
import Settings
import SmallModel

/// One classification problem as its owner describes it: `task.json` in a folder of its own.
///
/// Everything but the name has a default; unknown keys are refused. `examples/` has one a data set.
public struct TaskDefinition: Sendable {
  /// The task's name, as samples carry it.
  public var name: String
  /// The labels, in the order of the classes; empty: those of the training data, sorted.
  public var labels: [String]
  /// What a label means, for large models; labels without one are described by their name.
  public var descriptions: [String: String]
  /// How the small model is built and trained.
  public var smallModel: any NetworkRecipe
  /// Which large model answers what is hard.
  public var largeModel: LargeModelSettings
  /// How the shunt threshold is chosen.
  public var threshold: ThresholdRule
  /// How the prompt is pruned.
  public var pruning: PruningSettings

  private static let sections: Set<String> = ["task", "small_model", "large_model", "threshold", "pruning"]

  /// Reads `task.json` in `folder`.
  /// - Throws: `SettingsError` with everything that is wrong in it.
  public init(folder: URL) throws {
    let url = folder.appendingPathComponent("task.json")
    let json: String
    do { json = try String(contentsOf: url, encoding: .utf8) } catch {
      throw SettingsError(problems: ["\(url.path) cannot be read: a task's folder needs a task.json (see examples/)"])
    }
    try self.init(json: json, name: url.path)
  }

  /// Reads a task's settings.
  /// - Throws: `SettingsError` with everything that is wrong in them.
  public init(json: String, name: String = "task.json") throws {
    let sources = try SettingsSources(json: json, name: name, sections: Self.sections)
    self = try sources.read { TaskDefinition($0) }.value
  }

  private init(_ reader: SettingsReader) {
    let task = reader.section("task")
    name = task.requiredText("name")
    labels = task.list("labels")
    descriptions = task.map("descriptions", isSecret: { _ in false })
    smallModel = TextCNNRecipe(reader.section("small_model"))
    largeModel = LargeModelSettings(reader.section("large_model"), labels: labels, descriptions: descriptions)
    threshold = ThresholdRule(reader.section("threshold"))
    // A model that reads the probabilities in its prompt has weighed them in already.
    let form: PruningSettings.SoftForm = largeModel.traits.readsProbabilities ? .text : .product
    pruning = PruningSettings(reader.section("pruning"), form: form)
  }
}

extension ThresholdRule {
  private enum Name: String, CaseIterable {
    case bestAccuracy = "best_accuracy"
    case queryBudget = "query_budget"
    case accuracyFloor = "accuracy_floor"
    case riskControlled = "risk_controlled"
  }

  /// Reads section `threshold`: `rule`, and the numbers that the rule takes.
  init(_ reader: SettingsReader) {
    let budget = reader.number("query_budget", default: 0.3, in: 0...1)
    let floor = reader.number("accuracy_floor", default: 0.9, in: 0...1)
    let error = reader.number("error", default: 0.05, in: 0.0001...0.9999)
    let alpha = reader.number("alpha", default: 0.05, in: 0.0001...0.5)
    switch reader.choice("rule", default: Name.bestAccuracy) {
    case .bestAccuracy: self = .bestAccuracy
    case .queryBudget: self = .queryBudget(Float(budget))
    case .accuracyFloor: self = .accuracyFloor(Float(floor))
    case .riskControlled: self = .riskControlled(error: Float(error), alpha: Float(alpha))
    }
  }
}

/// Section `pruning` of a task.
public struct PruningSettings: Sendable, Equatable {
  /// Which pruning is used; `nil` leaves the choice to calibration, and it comes with the small model's version.
  public var chosenMode: PruningMode?
  /// Which pruning is used where calibration has chosen none.
  public var mode: PruningMode {
    get { chosenMode ?? .none }
    set { chosenMode = newValue }
  }
  /// How the small model's probabilities take part where the mode is soft or both.
  public enum SoftForm: String, Sendable, CaseIterable {
    /// Multiplied with the large model's, the small model's prior divided out.
    case product
    /// As text in the prompt of a large model that reads one: "{label} with probability {p}".
    case text
  }

  /// How the small model's probabilities take part where the mode is soft or both.
  public var form: SoftForm
  /// How strongly the small model weighs in a product; 1 as in the paper's product.
  public var weight: Float
  /// Which candidates a hard prompt removes.
  public var hard: HardPrompt.Rule

  private enum Name: String, CaseIterable { case none, soft, hard, both, auto }

  /// - Parameter form: the default.
  init(_ reader: SettingsReader, form: SoftForm) {
    let defaults = HardPrompt.Rule()
    self.form = reader.choice("form", default: form)
    let name = reader.choice("mode", default: Name.none)
    chosenMode = PruningMode(rawValue: name.rawValue)
    weight = Float(reader.number("weight", default: 1, in: 0...10))
    hard = HardPrompt.Rule(
      recall: Float(reader.number("recall", default: Double(defaults.recall), in: 0...1)),
      precision: Float(reader.number("precision", default: Double(defaults.precision), in: 0...1)),
      improbable: Float(reader.number("improbable", default: Double(defaults.improbable), in: 0...1)),
      keepsAtLeast: reader.integer("keeps_at_least", default: defaults.keepsAtLeast, in: 1...1000))
  }
}
