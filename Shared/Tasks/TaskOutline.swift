import Cascade
import Foundation
import Settings

/// What somebody says of a new task, and the files that come of it.
public struct TaskOutline: Sendable {
  /// What the threshold is chosen for.
  public enum Goal: Sendable, Equatable {
    /// At least this share of the easy answers is what the large model would have said.
    case agree(Double)
    /// At most this share of queries.
    case budget(Double)
    /// At least this accuracy.
    case accuracy(Double)
  }

  /// Which large model answers.
  public enum LargeModel: Sendable, Equatable {
    /// A server with the chat-completions interface; the key stands in an environment variable, if there is one.
    case server(endpoint: String, model: String, keyVariable: String?)
    /// A local sentence encoder that compares texts with the labels' names.
    case zeroShot(encoder: String)
    /// A local sentence encoder with a head that is fitted on labelled rows.
    case linearHead(encoder: String)
  }

  /// The task's name, as samples carry it.
  public let name: String
  /// `task.json`.
  public let json: String
  /// What it says, read back.
  public let definition: TaskDefinition

  /// - Parameters:
  ///   - labels: two at the least, each once.
  ///   - goal: `nil` for the fewest queries near the best accuracy.
  /// - Throws: `SettingsError` with everything that is wrong.
  public init(name: String, labels: [String], large: LargeModel, goal: Goal?) throws {
    let repeated = Dictionary(grouping: labels, by: \.self).filter { $0.value.count > 1 }.keys.sorted()
    var problems: [String] = []
    if labels.count < 2 {
      problems.append("labels: \(labels.count) is too few to choose from; name two at the least, such as --labels a,b")
    }
    if labels.contains(where: { $0.allSatisfy(\.isWhitespace) }) {
      problems.append("labels: one of them is empty; name it, or remove the comma")
    }
    for label in repeated { problems.append("labels: \"\(label)\" stands there twice; name each once") }
    guard problems.isEmpty else { throw SettingsError(problems: problems) }
    self.name = name
    let object = Self.object(name: name, labels: labels, large: large, goal: goal)
    let data = try JSONSerialization.data(
      withJSONObject: object, options: [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes])
    json = String(decoding: data, as: UTF8.self) + "\n"
    definition = try TaskDefinition(json: json)
  }

  private static func object(name: String, labels: [String], large: LargeModel, goal: Goal?) -> [String: Any] {
    var object: [String: Any] = ["task": ["name": name, "labels": labels], "large_model": section(large)]
    object["threshold"] = goal.map(section)
    return object
  }

  private static func section(_ large: LargeModel) -> [String: Any] {
    switch large {
    case .zeroShot(let encoder): ["kind": LargeModelSettings.Kind.zeroShot.rawValue, "encoder": encoder]
    case .linearHead(let encoder): ["kind": LargeModelSettings.Kind.linearHead.rawValue, "encoder": encoder]
    case .server(let endpoint, let model, let keyVariable):
      [
        "kind": LargeModelSettings.Kind.chatCompletions.rawValue,
        "chat_completions": ["endpoints": [endpoint], "model": model]
          .merging(keyVariable.map { ["api_key_variable": $0] } ?? [:]) { first, _ in first } as [String: Any],
      ]
    }
  }

  private static func section(_ goal: Goal) -> [String: Any] {
    switch goal {
    case .agree(let share): ["rule": ThresholdRule.Name.parity.rawValue, "target": share]
    case .budget(let share): ["rule": ThresholdRule.Name.queryBudget.rawValue, "query_budget": share]
    case .accuracy(let share): ["rule": ThresholdRule.Name.accuracyFloor.rawValue, "accuracy_floor": share]
    }
  }

  /// `README.md` of the task's folder: what to do next, and every setting that `task.json` may have.
  /// - Parameter next: the commands.
  public func page(next: [String]) -> String {
    """
    # Task \(name)
    `task.json` says what this task is; keys that it does not name have the defaults below. Models, held-out rows and the
    large model's answers are kept beside it.

    ```
    \(next.joined(separator: "\n"))
    ```

    ## What `task.json` may say
    A wrong or unknown key is refused, with what is allowed.

    \(TaskDefinition.reference.markdown)

    """
  }
}
