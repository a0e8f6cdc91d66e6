import Foundation
import Fuzzing
import JSON
import LargeModelFlow
import LargeModelServer
import Safetensors
import SmallModel
import Tasks
import Tokenizer

@testable import ChatCompletions
@testable import Datasets
@testable import Messages
@testable import Postgres

extension Decoder {
  /// All of them; a new one is an entry here.
  static let all = messages + json + replies + files + texts + pictures
}

extension Decoder {
  private static func message<Message: Equatable & Sendable>(
    _ name: String, seeds: [String], _ read: @escaping @Sendable (JSONValue) throws(JSONError) -> Message,
    _ write: @escaping @Sendable (Message, inout JSONWriter) -> Void
  ) -> Decoder {
    Decoder(name, seeds: seeds) { bytes in
      let decoder = try MessageDecoder()
      let message = try bytes.withUnsafeBytes {
        try decoder.decode($0, format: nil) { json, _ throws(JSONError) in try read(json) }
      }
      // Written once, probabilities are rounded; from then on nothing may change any more.
      let once = try again(message).message
      let twice = try again(once)
      try RoundTripError.check(twice.text, try again(twice.message).text, name)

      func again(_ message: Message) throws -> (message: Message, text: String) {
        var writer = JSONWriter()
        write(message, &writer)
        let message = try writer.bytes.withUnsafeBytes { bytes in
          try decoder.decode(bytes, format: nil) { json, _ throws(JSONError) in try read(json) }
        }
        return (message, String(decoding: writer.bytes, as: UTF8.self))
      }
    }
  }

  private static let sample =
    #"{"id":"a-1","task":"sections","text":"a text editor \ud83d\ude00","category":"stable","label":"editors","produced_at":"2026-11-24T12:00:00.250Z","unknown":[1,{"a":null}]}"#
  private static let prediction =
    #"{"model":"specific","version":"v","threshold":0.9,"probabilities":{"top":{"a":0.6,"b\"":0.3},"rest":0.1}}"#

  static let messages: [Decoder] = [
    message("sample", seeds: [sample], { json throws(JSONError) in try Sample(json: json) }) { $0.write(to: &$1) },
    message(
      "hard sample",
      seeds: [
        #"{"sample":\#(sample),"predictions":[\#(prediction)],"routed_at":1795794211000,"audited":{"answered_by":"specific","label":"a"}}"#
      ], { json throws(JSONError) in try HardSample(json: json) }
    ) { $0.write(to: &$1) },
    message(
      "answer",
      seeds: [
        #"{"id":"1","task":"t","label":"a","confidence":0.5,"answered_by":"large","model_version":"m","threshold":0.9,"probabilities":{"top":{"a":0.5},"rest":0.5},"specific":\#(prediction),"degraded":true,"truncated":true,"prompt":{"candidates_before":3,"candidates_after":2,"entropy_before":1.5,"entropy_after":1,"prompt_tokens":7,"completion_tokens":1,"cost":0.25},"produced_at":1,"routed_at":2,"answered_at":3,"category":"c","true_label":"b","text":"x"}"#
      ], { json throws(JSONError) in try Answer(json: json) }
    ) { $0.write(to: &$1) },
    message(
      "rejection",
      seeds: [
        #"{"reason":"field \"text\" is missing","topic":"samples","partition":3,"offset":7,"task":"t","id":"1","payload":"e30=","size":2,"attempts":["a","b"],"rejected_at":4}"#
      ], { json throws(JSONError) in try Rejection(json: json) }
    ) { $0.write(to: &$1) },
    message("prediction", seeds: [prediction], { json throws(JSONError) in try Prediction(json: json) }) {
      $0.write(to: &$1)
    },
    Decoder("timestamp", seeds: ["2026-11-24T12:00:00.250Z", "2026-11-24T12:00:00+01:00"]) { bytes in
      _ = Timestamp(rfc3339: String(decoding: bytes, as: UTF8.self))
    },
  ]

  static let json: [Decoder] = [
    Decoder("JSON", seeds: [sample, #"[1,-2.5e3,true,null,"\u00e9\n",{"a":{"b":[]}}]"#]) { bytes in
      try bytes.withUnsafeBytes { try JSONParser().parse($0) { walk($0) } }
    },
    Decoder("JSON escape", seeds: ["a\"\u{301}b\\\u{1}\u{7f}\u{2028}", "plain"]) { bytes in
      let text = String(decoding: bytes, as: UTF8.self)
      var writer = JSONWriter()
      writer.beginObject()
      writer.key(text)
      writer.string(text)
      writer.endObject()
      let read = try writer.bytes.withUnsafeBytes { bytes in
        try JSONParser().parse(bytes) { json in
          var members: [[String]] = []
          json.forEachMember { members.append([$0, $1.string ?? ""]) }
          return members
        }
      }
      try RoundTripError.check(
        read.map { $0.map { Array($0.utf8) } }, [[Array(text.utf8), Array(text.utf8)]], "a text")
    },
    Decoder("Postgres parameter", seeds: ["a\"\u{301}b", "{NULL,\"a\\\"}", "\0"]) { bytes in
      let text = String(decoding: bytes, as: UTF8.self)
      _ = EncodedParameters([.text(text), .texts([text, ""]), .bytes(bytes)])
      var buffer = CopyBuffer()
      buffer.row { $0.append(text) }
    },
  ]

  private static func walk(_ json: JSONValue) {
    _ = (json.string, json.double, json.integer, json.bool)
    json.forEachElement { walk($0) }
    json.forEachMember { walk($1) }
  }

  private static let completion =
    #"{"choices":[{"message":{"content":"B","refusal":null,"reasoning_content":"x"},"finish_reason":"stop","logprobs":{"content":[{"token":"B","logprob":-0.1,"top_logprobs":[{"token":"B","logprob":-0.1},{"token":"A","logprob":-4.0}]}]}}],"usage":{"prompt_tokens":100,"completion_tokens":3}}"#

  static let replies: [Decoder] = [
    Decoder(
      "chat reply",
      seeds: [
        completion, completion.replacing(#""B","refusal""#, with: #""{\"label\": \"b\"}","refusal""#),
        #"{"error":{"message":"provider overloaded","code":502}}"#,
      ]
    ) { bytes in
      let reply = try ChatReply(bytes)
      // Each reads the reply in its own way, whatever the other says.
      let labels = ["a", "b", "c"]
      _ = Result { try TokenAnswer.vote(reply, WrittenAnswer(labels, hasLetters: true), candidates: 3) }
      _ = Result { try StructuredAnswer.vote(reply, WrittenAnswer(labels, hasLetters: false)) }
    },
    Decoder("prompt", seeds: ["a text </sample> of < / sample > {text}", "<          "]) { bytes in
      let settings = ChatCompletionsSettings(endpoints: [], model: "m")
      let text = String(decoding: bytes, as: UTF8.self)
      _ = try Prompt(settings: settings, input: .text(text), labels: ["a", "b"], probabilities: [0.5, 0.5])
    },
    Decoder("Retry-After", seeds: ["120", "Wed, 21 Oct 2026 07:28:00 GMT", "1.5"]) { bytes in
      _ = RetryAfter.parse(String(decoding: bytes, as: UTF8.self), now: Date(timeIntervalSince1970: 0))
    },
    Decoder(
      "chat question",
      seeds: [
        #"{"model":"m","messages":[{"role":"user","content":"Candidates:\nA. a\nB. b: c\n\n<sample>\nx\n</sample>"}],"logprobs":true,"top_logprobs":20,"response_format":{"json_schema":{"schema":{"properties":{"label":{"enum":["a","b"]}}}}}}"#,
        #"{"model":"m","messages":[{"role":"user","content":[{"type":"text","text":"A. a"},{"type":"image_url","image_url":{"url":"data:image/png;base64,iVBORw0KGgo="}}]}]}"#,
      ]
    ) { bytes in
      let question = try ChatQuestion(bytes)
      _ = ChatAnswer.label(question.candidates.first ?? "").body(for: question)
    },
  ]

  private static let weights: [UInt8] = {
    let header =
      #"{"__metadata__":{"format":"pt"},"a":{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]},"b":{"dtype":"U8","shape":[4],"data_offsets":[16,20]}}"#
    return withUnsafeBytes(of: UInt64(header.utf8.count).littleEndian) { Array($0) } + Array(header.utf8)
      + [UInt8](repeating: 1, count: 20)
  }()

  private static func read(_ bytes: [UInt8], _ format: FileFormat) throws {
    var rules = ReadingRules()
    (rules.format, rules.comparesIDs) = (format, true)
    var rows = try DataRows(ByteSource(bytes), size: nil, name: "rows", rules: rules)
    while try rows.next() != nil {}
  }

  static let files: [Decoder] = [
    Decoder("JSON Lines", seeds: ["{\"id\":\"1\",\"text\":\"a\",\"label\":\"b\"}\n\n{\"text\":\"c\"}\n"]) { bytes in
      try read(bytes, .jsonl)
    },
    Decoder("JSON array", seeds: ["[{\"id\":\"1\",\"text\":\"a]\"},\n {\"text\":\"c\"}]"]) { try read($0, .json) },
    Decoder("CSV", seeds: ["id,text,label\n1,\"a, \"\"b\"\"\",c\n2,d,e\r\n\n", "text;label\na;b\n"]) { bytes in
      try read(bytes, .csv)
    },
    Decoder("safetensors", seeds: [weights]) { bytes in
      let file = try SafetensorsFile(data: Data(bytes), name: "weights")
      for name in file.tensors.keys { _ = Result { try file.floats(name) } }
    },
    Decoder("small model", seeds: SmallModelSeed.all) { _ = try StoredSmallModel(data: Data($0), name: "model") },
    Decoder(
      "task",
      seeds: [
        #"{"task":{"name":"t","labels":["a","b"]},"small_model":{"maximum_tokens":64},"large_model":{"kind":"chat_completions","chat_completions":{"endpoints":["http://localhost:8000/v1"],"model":"m","timeouts":{"silence":"10s"},"maximum_response_bytes":"1MiB"}},"threshold":{"rule":"best_accuracy"},"pruning":{"mode":"auto"}}"#
      ]
    ) { _ = try TaskDefinition(json: String(decoding: $0, as: UTF8.self)) },
  ]

  static let texts: [Decoder] = {
    let tokens = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "a", "##a", "b", "##b", "text", "##s", "e", "中", "."]
    guard let tokenizer = Result(catching: { try WordPieceTokenizer(vocabulary: tokens) }).value else { return [] }
    return [
      Decoder("tokenizer", seeds: ["A text's [CLS] é 中. aaab", "a\u{301}\u{1E000}"]) { bytes in
        let ids = tokenizer.encode(String(decoding: bytes, as: UTF8.self), maximum: 64)
        guard ids.count <= 64 else { throw RoundTripError(description: "\(ids.count) tokens of at most 64") }
      },
      Decoder("vocabulary", seeds: [Array(tokens.joined(separator: "\n").utf8)]) { bytes in
        let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
        _ = try WordPieceTokenizer(vocabulary: lines.map(String.init)).encode("a text")
      },
    ]
  }()
}

extension Result {
  fileprivate var value: Success? { if case .success(let value) = self { value } else { nil } }
}
