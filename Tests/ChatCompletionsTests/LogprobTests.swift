import Foundation
import Testing

@testable import ChatCompletions

/// Log-probabilities in the layouts that are about; of fruits, B is answered with −0.1 and A is second with −4.
@Suite("Log-probabilities")
struct LogprobTests {
  private static func vote(_ content: String, _ logprobs: String, isInMessage: Bool = false) throws -> Vote {
    let (inside, beside) = isInMessage ? (#","logprobs":\#(logprobs)"#, "") : ("", #","logprobs":\#(logprobs)"#)
    let body = #"{"choices":[{"message":{"content":"\#(content)"\#(inside)}\#(beside)}]}"#
    return try TokenAnswer.vote(
      ChatReply(Array(body.utf8)), WrittenAnswer(fruits, hasLetters: true), candidates: fruits.count)
  }

  private static let b = #"{"token":"B","logprob":-0.1}"#
  private static let a = #"{"token":"A","logprob":-4.0}"#
  private static let top = #""top_logprobs":[\#(b),\#(a)]"#

  static let layouts: [(content: String, logprobs: String)] = [
    ("B", #"{"content":[{"token":"B","logprob":-0.1,\#(top)}],"refusal":null}"#),
    ("B", #"{"content":[{\#(top)}]}"#), ("B", #"[{"token":"B","logprob":-0.1,\#(top)}]"#),
    ("B", #"{"content":[{"token":"B","logprob":-0.1,"top_logprobs":{"B":-0.1,"A":-4.0}}]}"#),
    // The token that stands there is not among the likeliest, or not with its number.
    ("B", #"{"content":[{"token":"B","logprob":-0.1,"top_logprobs":[\#(a)]}]}"#),
    ("B", #"{"content":[{"token":"B","logprob":null,\#(top)}]}"#),
    ("B", #"{"tokens":["B"],"token_logprobs":[-0.1],"top_logprobs":[{"B":-0.1,"A":-4.0}],"text_offset":[0]}"#),
    ("B", #"{"tokens":["\n","B"],"token_logprobs":[null,-0.1],"top_logprobs":[null,{"B":-0.1,"A":-4.0}]}"#),
    (" b.", #"{"tokens":[" b","."],"token_logprobs":[-0.1,-1],"top_logprobs":[{" b":-0.1," a":-4.0},{".":-1}]}"#),
    (
      "B",
      #"{"content":[{"token":"ĠB","logprob":-0.1,"top_logprobs":[{"token":"ĠB","logprob":-0.1},{"token":"ĠA","logprob":-4}]}]}"#
    ),
    (
      "B",
      #"{"content":[{"token":"▁b","logprob":-0.1,"top_logprobs":[{"token":"▁b","logprob":-0.1},{"token":"▁a","logprob":-4}]}]}"#
    ),
    // Not JSON: Python's writers put these.
    (
      "B", #"{"content":[{"token":"B","logprob":-0.1,"top_logprobs":[\#(b),\#(a),{"token":"C","logprob":-Infinity}]}]}"#
    ),
    ("B", #"{"content":[{"token":"B","logprob":-0.1,"top_logprobs":[\#(b),\#(a),{"token":"C","logprob":NaN}]}]}"#),
    ("B", #"{"content":[{"token":"B","logprob":-0.1,"top_logprobs":[\#(b),\#(a),{"token":"C","logprob":-1e400}]}]}"#),
    ("B", #"{"content":[{"token":"B","logprob":-0.1,"top_logprobs":[\#(b),\#(a),{"token":"C","logprob":-9999}]}]}"#),
    (
      "B",
      #"{"content":[{"token":"B","logprob":-0.1,"top_logprobs":[\#(b),\#(a),{"token":"C","logprob":null},null,7,{}]}]}"#
    ),
    // The answer is not the first token.
    (
      #"\"B\""#,
      #"{"content":[{"token":"\"","logprob":0,"top_logprobs":[]},{"token":"B","logprob":-0.1,\#(top)},{"token":"\"","logprob":0}]}"#
    ),
    (
      "**B**",
      #"{"content":[{"token":"**","logprob":-0.5},{"token":"B","logprob":-0.1,\#(top)},{"token":"**","logprob":0}]}"#
    ),
    (
      "The answer is B.",
      #"{"content":[{"token":"The","logprob":-1},{"token":" answer","logprob":-1},{"token":" is","logprob":-1},{"token":" B","logprob":-0.1,\#(top)},{"token":".","logprob":0}]}"#
    ),
    (
      "<think>A?</think>B",
      #"{"content":[{"token":"<think>","logprob":0},{"token":"A","logprob":-0.7,"top_logprobs":[{"token":"A","logprob":-0.7}]},{"token":"?","logprob":0},{"token":"</think>","logprob":0},{"token":"B","logprob":-0.1,\#(top)}]}"#
    ),
    // The server took the thoughts out of the content, and not out of the tokens; the sign is in pieces.
    (
      "B",
      #"{"content":[{"token":"A","logprob":-0.7,"top_logprobs":[{"token":"A","logprob":-0.7}]},{"token":"</","logprob":0},{"token":"think","logprob":0},{"token":">\n","logprob":0},{"token":"B","logprob":-0.1,\#(top)}]}"#
    ),
    (
      #"{\"label\": \"B\"}"#,
      #"{"content":[{"token":"{\"","logprob":0},{"token":"label","logprob":0},{"token":"\": \"","logprob":0},{"token":"B","logprob":-0.1,\#(top)},{"token":"\"}","logprob":0}]}"#
    ),
  ]

  @Test("They are read wherever and however they stand", arguments: layouts.indices, [false, true])
  func known(index: Int, isInMessage: Bool) throws {
    let (content, logprobs) = Self.layouts[index]
    let vote = try Self.vote(content, logprobs, isInMessage: isInMessage)
    #expect(vote.candidate == 1)
    let probabilities = try #require(vote.probabilities)
    let (second, first) = (exp(-4.0), exp(-0.1))
    #expect(abs(Double(probabilities[0] / probabilities[1]) - second / first) < 1e-4, "\(probabilities)")
    #expect(abs(probabilities.reduce(0, +) - 1) < 1e-5)
  }

  @Test(
    "Without them, or with what they cannot be, the answer stands and has none",
    arguments: [
      ("B", "null"), ("B", "{}"), ("B", "[]"), ("B", "7"), ("B", #""none""#), ("B", #"{"content":null}"#),
      ("B", #"{"content":[]}"#), ("B", #"{"content":[null]}"#), ("B", #"{"content":"B"}"#),
      ("B", #"{"content":[{"token":"B"}]}"#), ("B", #"{"content":[{"token":"B","logprob":null,"top_logprobs":null}]}"#),
      ("B", #"{"content":[{"token":"B","logprob":0.0,"top_logprobs":[]}]}"#),
      ("B", #"{"content":[{"token":"B","logprob":-9999.0,"top_logprobs":[]}]}"#),
      ("B", #"{"content":[{"token":"B","logprob":NaN,"top_logprobs":[\#(a)]}]}"#),
      ("B", #"{"content":[{"token":"B","logprob":Infinity,"top_logprobs":[]}]}"#),
      (
        "B",
        #"{"content":[{"token":"B","logprob":0,"top_logprobs":[{"token":"B","logprob":0},{"token":"A","logprob":0}]}]}"#
      ),
      ("B", #"{"tokens":["B"],"token_logprobs":null,"top_logprobs":null}"#),
      ("B", #"{"tokens":[],"token_logprobs":[],"top_logprobs":[]}"#), ("B", #"{"tokens":null}"#),
      // Those of another token than the answer.
      ("B", #"{"content":[{"token":"A","logprob":-0.1,\#(top)}]}"#),
      ("banana", #"{"content":[{"token":"ban","logprob":-0.1},{"token":"ana","logprob":-0.1}]}"#),
      (
        "A fruit. Answer: B",
        #"{"content":[{"token":"A","logprob":-0.1,\#(top)},{"token":" B","logprob":-0.1,\#(top)}]}"#
      ),
    ])
  func unknown(content: String, logprobs: String) throws {
    #expect(try Self.vote(content, logprobs) == Vote(candidate: 1, probabilities: nil))
  }

  @Test("Of equals the answer that was given is the answer")
  func ties() throws {
    let vote = try Self.vote("B", #"{"content":[{"token":"B","logprob":-1.6,"top_logprobs":[]}]}"#)
    #expect(vote.probabilities == [0.25, 0.25, 0.25, 0.25])
    #expect(Tally([vote], candidates: 4).candidate == 1)
  }
}
