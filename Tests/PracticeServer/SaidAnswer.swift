import JSON
import LargeModelServer

/// What the model said to a question, and the usual envelope with odd parts to order.
struct SaidAnswer: Sendable {
  /// The label.
  let label: String
  /// Its letter among the candidates.
  let letter: String
  /// The label as a JSON object.
  let object: String
  /// What was asked for: the letter or the object.
  let content: String

  init(_ answer: ChatAnswer, to question: ChatQuestion) {
    let candidates = question.candidates.isEmpty ? [""] : question.candidates
    var index = 0
    if case .distribution(let probabilities) = answer {
      index =
        candidates.indices.max { probabilities[candidates[$0], default: 0] < probabilities[candidates[$1], default: 0] }
        ?? 0
    }
    label = candidates[index]
    letter = String(UnicodeScalar(UInt8(ascii: "A") + UInt8(index % 26)))
    object = #"{"label": \#(Self.quoted(label))}"#
    content = question.isStructured ? object : letter
  }

  /// The content as a JSON string.
  var quotedContent: String { Self.quoted(content) }

  /// A chat completion.
  /// - Parameters:
  ///   - content: JSON; the answer where there is none.
  ///   - message: further members of the message.
  ///   - choice: further members of the choice.
  ///   - logprobs: JSON; the answer's where there is none.
  ///   - usage: JSON.
  func envelope(
    content: String? = nil, message: String = #""refusal": null"#, choice: String = #""finish_reason": "stop""#,
    logprobs: String? = nil, usage: String = #"{"prompt_tokens": 100, "completion_tokens": 3, "total_tokens": 103}"#
  ) -> String {
    """
    {"id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": "m", "choices": [{"message": \
    {"role": "assistant", "content": \(content ?? quotedContent), \(message)}, \
    "logprobs": \(logprobs ?? self.logprobs()), \(choice)}], "usage": \(usage)}
    """
  }

  /// Log-probabilities of the first token.
  /// - Parameter others: JSON objects of further tokens.
  func logprobs(others: String = #"{"token": "~", "logprob": -4.0}"#) -> String {
    let token = #"{"token": \#(quotedContent), "logprob": -0.1}"#
    return #"{"content": [{"token": \#(quotedContent), "logprob": -0.1, "top_logprobs": [\#(token), \#(others)]}]}"#
  }

  /// A text as a JSON string.
  static func quoted(_ text: String) -> String {
    var writer = JSONWriter()
    writer.string(text)
    return String(decoding: writer.bytes, as: UTF8.self)
  }
}
