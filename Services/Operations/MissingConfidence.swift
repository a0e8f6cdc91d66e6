import ChatCompletions
import Tasks

/// What it means that a task's server gives no probabilities, and which settings would do better.
struct MissingConfidence: CustomStringConvertible {
  /// What the server or the mode lacks, what that costs, and the remedy; sentences on one line.
  let description: String

  init(_ task: TaskDefinition) {
    let (model, client) = (task.largeModel, task.largeModel.server.client)
    guard task.reply == .label else {
      description = Self.ofCaptions(isAskedFor: client.topLogprobs > 0)
      return
    }
    let agreement = "samples 5 with a temperature of 0.7 (confidence by agreement, at five times the cost)"
    let (lack, remedy) =
      switch client.mode {
      case .jsonSchema:
        (
          "one answer in mode json_schema has no probability",
          "mode token, where the server gives top_logprobs, or \(agreement)"
        )
      case .token where client.topLogprobs == 0:
        (
          "top_logprobs is 0, so no probability is asked for",
          "top_logprobs 20, where the server gives them, or \(agreement)"
        )
      case .token:
        ("the server gives no log-probabilities", "\(agreement), or a server or model that gives top_logprobs")
      }
    var costs = ["its answers stand without a confidence and teach nobody"]
    if model.noneOfThese != nil { costs.append("none_of_these is never answered") }
    if task.pruning.form == .product { costs.append("pruning.form product weighs nothing") }
    description = "Without probabilities: \(lack); \(costs.joined(separator: ", ")). Better: \(remedy)."
  }

  private static func ofCaptions(isAskedFor: Bool) -> String {
    let lack = isAskedFor ? "the server gives no log-probabilities" : "top_logprobs is 0, so none is asked for"
    let remedy =
      isAskedFor ? "a server or model that gives logprobs" : "top_logprobs 20, where the server gives log-probabilities"
    return
      "Without probabilities: \(lack); its captions stand without a confidence and teach nobody. Better: \(remedy)."
  }
}
