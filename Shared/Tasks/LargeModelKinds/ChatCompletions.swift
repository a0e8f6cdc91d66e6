import ChatCompletions
import LargeModel

extension LargeModelKind {
  /// A server with the chat-completions interface.
  static let chatCompletions = LargeModelKind(
    replies: [.label, .caption],
    traits: { settings in
      let client = settings.server.client
      var traits = LargeModelTraits()
      traits.reads = client.reads
      traits.readsProbabilities = true
      traits.hasPrice = client.prices.prompt + client.prices.completion > 0
      traits.concurrency = client.concurrency
      (traits.requestsPerMinute, traits.tokensPerMinute) = (
        client.requestsPerMinute?.perMinute, client.tokensPerMinute?.perMinute
      )
      return traits
    }
  ) { task, parts in
    do {
      return try ChatCompletionsClient(
        task.largeModel.server.settings(environment: parts.environment), labels: parts.labels)
    } catch {
      throw TaskError("task \(task.name): large_model.chat_completions: \(error)")
    }
  }
}
