import Foundation
import JSON

/// What the model behind a server says.
public enum ChatAnswer: Sendable {
  /// A probability for each of these labels; the most probable one is answered. Others have 0.
  case distribution([String: Double])
  /// This label, with no probabilities.
  case unsure(String)
  /// These very words, with no probabilities.
  case verbatim(String)
  /// A caption, with its confidence, 0 to 1, where that is known: each of its words is written with that probability.
  case caption(String, confidence: Double?)
  /// These tokens with their probabilities; the first one is answered.
  case tokens([(String, Double)])
  /// The model declines.
  case refusal(String)

  /// One label, surely.
  public static func label(_ label: String) -> ChatAnswer { .distribution([label: 1]) }

  /// What is written, and the likeliest first tokens.
  func written(for question: ChatQuestion) -> (content: String, tokens: [(String, Double)]) {
    switch self {
    case .unsure(let label): return (ChatAnswer.label(label).written(for: question).content, [])
    case .verbatim(let text), .caption(let text, _): return (text, [])
    case .refusal: return ("", [])
    case .tokens(let tokens): return (tokens.first?.0 ?? "", tokens)
    case .distribution(let probabilities):
      guard !question.candidates.isEmpty else {
        let ranked = probabilities.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
        return (ranked.first?.key ?? "", ranked.map { ($0.key, $0.value) })
      }
      let ranked = question.candidates.enumerated()
        .map { (offset: $0.offset, label: $0.element, probability: probabilities[$0.element] ?? 0) }
        .sorted { ($1.probability, $0.offset) < ($0.probability, $1.offset) }
      guard let best = ranked.first else { return ("", []) }
      if question.isStructured { return (Self.object(best.label), []) }
      return (Self.letter(best.offset), ranked.map { (Self.letter($0.offset), $0.probability) })
    }
  }

  private static func letter(_ index: Int) -> String { String(UnicodeScalar(UInt8(ascii: "A") + UInt8(index % 26))) }

  private static func object(_ label: String) -> String {
    var writer = JSONWriter()
    writer.beginObject()
    writer.key("label")
    writer.string(label)
    writer.endObject()
    return String(decoding: writer.bytes, as: UTF8.self)
  }

  /// The response's body, as OpenAI writes it.
  /// - Parameter promptTokens: tokens that went in, as the model counts them; `nil` for an estimate.
  public func body(for question: ChatQuestion, promptTokens: Int? = nil) -> (bytes: [UInt8], tokens: Int) {
    let (content, tokens) = written(for: question)
    let completion = max(1, content.utf8.count / 4)
    let prompt = promptTokens ?? question.tokens
    var writer = JSONWriter()
    writer.beginObject()
    writer.key("id")
    writer.string("chatcmpl-shunt")
    writer.key("object")
    writer.string("chat.completion")
    writer.key("model")
    writer.string(question.model)
    writer.key("choices")
    writer.beginArray()
    let positions = positions(tokens.prefix(question.topLogprobs))
    write(to: &writer, content: content, positions: question.asksLogprobs ? positions : [])
    writer.endArray()
    writer.key("usage")
    writer.beginObject()
    writer.key("prompt_tokens")
    writer.integer(Int64(prompt))
    writer.key("completion_tokens")
    writer.integer(Int64(completion))
    writer.key("total_tokens")
    writer.integer(Int64(prompt + completion))
    writer.endObject()
    writer.endObject()
    return (writer.bytes, prompt + completion)
  }

  /// What stands at each place: the token, with those that were likeliest there.
  /// - Parameter first: the likeliest tokens of an answer of one token.
  private func positions(
    _ first: ArraySlice<(String, Double)>
  ) -> [(token: (String, Double), top: ArraySlice<(String, Double)>)] {
    guard case .caption(let caption, let confidence?) = self else { return first.first.map { [($0, first)] } ?? [] }
    return caption.split(separator: " ").enumerated().map { (($0 == 0 ? String($1) : " \($1)", confidence), []) }
  }

  private func write(
    to writer: inout JSONWriter, content: String,
    positions: [(token: (String, Double), top: ArraySlice<(String, Double)>)]
  ) {
    writer.beginObject()
    writer.key("index")
    writer.integer(0)
    writer.key("message")
    writer.beginObject()
    writer.key("role")
    writer.string("assistant")
    writer.key("content")
    if case .refusal(let text) = self {
      writer.null()
      writer.key("refusal")
      writer.string(text)
    } else {
      writer.string(content)
    }
    writer.endObject()
    if !positions.isEmpty { Self.write(to: &writer, positions: positions) }
    writer.key("finish_reason")
    writer.string("stop")
    writer.endObject()
  }

  private static func write(
    to writer: inout JSONWriter, positions: [(token: (String, Double), top: ArraySlice<(String, Double)>)]
  ) {
    writer.key("logprobs")
    writer.beginObject()
    writer.key("content")
    writer.beginArray()
    for position in positions {
      writer.beginObject()
      write(to: &writer, token: position.token)
      writer.key("top_logprobs")
      writer.beginArray()
      for token in position.top {
        writer.beginObject()
        write(to: &writer, token: token)
        writer.endObject()
      }
      writer.endArray()
      writer.endObject()
    }
    writer.endArray()
    writer.endObject()
  }

  private static func write(to writer: inout JSONWriter, token: (String, Double)) {
    writer.key("token")
    writer.string(token.0)
    writer.key("logprob")
    // OpenAI writes −9999 for a probability of 0.
    writer.double(token.1 > 0 ? log(token.1) : -9999)
  }
}
