import LargeModelFlow
import Settings

/// Section `large_model.budget` of a task: what its large model may cost.
public struct LargeModelBudget: Sendable, Equatable {
  /// The limits, and what happens once one is spent.
  public var budget: Budget
  /// The lowest δ that `raise_threshold` goes to.
  public var lowestThreshold: Float

  /// A budget in code.
  public init(_ budget: Budget, lowestThreshold: Float = 0) {
    self.budget = budget
    self.lowestThreshold = lowestThreshold
  }

  /// `nil` where neither limit is set.
  init?(_ reader: SettingsReader, hasPrices: Bool) {
    var limits = (Double?.none, Double?.none)
    reader.read("per_hour", &limits.0, .number(in: 0...1e12), help: "What an hour's answers may cost.")
    reader.read("per_day", &limits.1, .number(in: 0...1e12), help: "What a day's answers may cost.")
    var whenSpent = Budget.WhenSpent.wait
    reader.read(
      "when_spent", &whenSpent, .choice,
      help:
        "`wait` holds the task back, `degrade` lets the best small model answer, `raise_threshold` lowers δ in time.")
    lowestThreshold = 0
    reader.read(
      "lowest_threshold", &lowestThreshold, .number(in: 0...1), help: "The lowest δ that `raise_threshold` goes to.")
    budget = Budget(perHour: limits.0, perDay: limits.1, whenSpent: whenSpent)
    guard limits.0 != nil || limits.1 != nil else { return nil }
    if !hasPrices {
      reader.refuse(
        limits.0 == nil ? "per_day" : "per_hour",
        because: "nothing costs anything: set large_model.chat_completions.prices, or leave the budget out")
    }
  }
}

/// Section `large_model.none_of_these` of a task: what is answered where no label fits.
public struct NoneOfThese: Sendable, Equatable {
  /// The answer; it may be one of the task's labels.
  public var label: String
  /// It is given where the large model's best probability is below this, 0 to 1.
  public var threshold: Float

  /// An outcome in code.
  public init(label: String = "none of these", threshold: Float) {
    self.label = label
    self.threshold = threshold
  }

  /// `nil` where no threshold is set.
  init?(_ reader: SettingsReader) {
    label = "none of these"
    reader.read("label", &label, .filledText, help: "The answer where no label fits; it may be one of the task's.")
    var lowest: Float?
    reader.read(
      "threshold", &lowest, .number(in: 0...1),
      help:
        "That answer is given where the large model's best probability is below this; unset, the best label always is.")
    guard let lowest else { return nil }
    threshold = lowest
  }
}
