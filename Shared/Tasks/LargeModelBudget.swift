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
    let limits = (reader.number("per_hour", in: 0...1e12), reader.number("per_day", in: 0...1e12))
    let whenSpent = reader.choice("when_spent", default: Budget.WhenSpent.wait)
    lowestThreshold = Float(reader.number("lowest_threshold", default: 0, in: 0...1))
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
    label = reader.text("label", default: "none of these")
    guard let threshold = reader.number("threshold", in: 0...1) else { return nil }
    self.threshold = Float(threshold)
  }
}
