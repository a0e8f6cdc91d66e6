import Foundation
import Testing

@testable import ChatCompletions

@Suite("Answers")
struct AnswerTests {
  private func reply(_ content: String?, _ tokens: [(String, Double)]? = nil) throws -> ChatReply {
    let top = tokens.map { tokens in
      tokens.map { "{\"token\":\"\($0.0)\",\"logprob\":\($0.1 > 0 ? log($0.1) : -9999)}" }.joined(separator: ",")
    }
    let message = content.map { "\"\($0)\"" } ?? "null"
    let logprobs = top.map { ",\"logprobs\":{\"content\":[{\"token\":\(message),\"top_logprobs\":[\($0)]}]}" } ?? ""
    return try ChatReply(Array("{\"choices\":[{\"message\":{\"content\":\(message)}\(logprobs)}]}".utf8))
  }

  private func probabilities(_ tokens: [(String, Double)], count: Int) throws -> [Float] {
    try #require(try vote(reply("A", tokens), candidates: count).probabilities)
  }

  private func vote(_ reply: ChatReply, candidates count: Int) throws -> Vote {
    let labels = (0..<count).map { "label \($0)" }
    return try TokenAnswer.vote(reply, WrittenAnswer(labels, hasLetters: true), candidates: count)
  }

  private func isClose(_ left: [Float], _ right: [Float]) -> Bool {
    left.count == right.count && zip(left, right).allSatisfy { abs($0 - $1) < 1e-5 }
  }

  @Test("Tokens that differ by spaces, case and signs are one letter; the rest is left out, then renormalised (22)")
  func merged() throws {
    let tokens = [("A", 0.3), (" A", 0.1), ("a", 0.1), ("▁A", 0.05), ("B", 0.2), ("B.", 0.05), ("The", 0.2)]
    #expect(isClose(try probabilities(tokens, count: 2), [0.55 / 0.8, 0.25 / 0.8]))
  }

  @Test("A candidate that is not listed has no more than the least listed one, nor than what is left")
  func unlisted() throws {
    #expect(isClose(try probabilities([("A", 0.6), ("B", 0.2)], count: 3), [0.6, 0.2, 0.2]))
    let sum = Float(0.9 + 0.06 + 0.02 * 2)
    #expect(isClose(try probabilities([("A", 0.9), ("B", 0.06)], count: 4), [0.9 / sum, 0.06 / sum, 0.02, 0.02]))
    #expect(isClose(try probabilities([("A", 1), ("~", 0)], count: 3), [1, 0, 0]))
  }

  @Test("Whatever a server says, it is a distribution over the candidates", arguments: 1...100)
  func isDistribution(seed: UInt64) throws {
    var generator = Seeded(seed)
    let count = Int.random(in: 2...20, using: &generator)
    let names = Prompt.letters + [" b", "The", "U", "AB", ""]
    let tokens = (0..<20).map { number in
      (number == 0 ? "A" : names.randomElement(using: &generator) ?? "", Double.random(in: 0...0.05, using: &generator))
    }
    let values = try probabilities(tokens, count: count)
    #expect(values.count == count)
    #expect(values.allSatisfy { $0 >= 0 && $0 <= 1 })
    #expect(abs(values.reduce(0, +) - 1) < 1e-4)
  }

  @Test(
    "Which candidate a token names",
    arguments: [
      ("A", 0), (" b", 1), ("c.", 2), ("(D)", 3), ("**A**", 0), ("E", nil), ("AB", nil), ("", nil), ("1", nil),
      ("Apple", nil), ("Ａ", 0), ("ĠB", 1), ("-", nil),
    ] as [(String, Int?)])
  func candidate(token: String, index: Int?) { #expect(TokenAnswer.candidate(token, among: 4) == index) }

  @Test("Without probabilities there is a vote alone")
  func noProbabilities() throws {
    #expect(try vote(reply("B"), candidates: 2) == Vote(candidate: 1, probabilities: nil))
    #expect(try vote(reply("B", [("x", 0.5)]), candidates: 2) == Vote(candidate: 1, probabilities: nil))
  }

  @Test(
    "Numbers that are no distribution are no probabilities: a certainty alone, certainties side by side, none at all",
    arguments: [
      [("A", 1)], [("A", 1), ("B", 1)], [("A", 1), ("B", 1), ("C", 0.5)], [("A", 0), ("B", 0)],
      [("A", 1.5), ("B", 0.1)],
      [("B", 0.9)], [],
    ] as [[(String, Double)]])
  func noDistribution(tokens: [(String, Double)]) throws {
    #expect(try vote(reply("A", tokens), candidates: 3) == Vote(candidate: 0, probabilities: nil))
  }

  @Test("An answer outside the candidates is none", arguments: ["E", "apple", "I think A"])
  func outside(content: String) throws {
    let reply = try reply(content)
    #expect(throws: AttemptFailure.outsideLabels(content)) { try vote(reply, candidates: 4) }
  }

  @Test(
    "A structured answer is held to the candidates, whatever the server let through",
    arguments: [
      ("{\\\"label\\\":\\\"banana\\\"}", 1), ("{\\\"label\\\":\\\"Banana\\\"}", 1), ("banana", 1), ("B", nil),
      ("{\\\"label\\\":\\\"grape\\\"}", nil), ("{\\\"label\\\":1}", nil), ("[]", nil), ("", nil), ("{", nil),
    ] as [(String, Int?)])
  func structured(content: String, index: Int?) throws {
    let (reply, answers) = (try reply(content), WrittenAnswer(fruits, hasLetters: false))
    if let index {
      #expect(try StructuredAnswer.vote(reply, answers) == Vote(candidate: index, probabilities: nil))
    } else {
      #expect(throws: AttemptFailure.self) { try StructuredAnswer.vote(reply, answers) }
    }
  }

  @Test(
    "What is no chat completion is unreadable, with the reason",
    arguments: [
      "", "{", "[]", "null", "{\"choices\":[]}", "{\"choices\":[{}]}", "{\"choices\":[{\"message\":{\"content\":1}}]}",
    ])
  func unreadable(text: String) {
    #expect { try ChatReply(Array(text.utf8)) } throws: {
      if case .unreadable(let reason)? = $0 as? AttemptFailure { !reason.isEmpty } else { false }
    }
  }

  @Test("A refusal and a content filter are refusals")
  func refusals() throws {
    for choice in [
      "{\"message\":{\"refusal\":\"no\"}}", "{\"message\":{\"content\":\"A\"},\"finish_reason\":\"content_filter\"}",
    ] {
      let reply = try ChatReply(Array("{\"choices\":[\(choice)]}".utf8))
      #expect { try reply.candidate(WrittenAnswer(fruits, hasLetters: true)) } throws: {
        if case .refused? = $0 as? AttemptFailure { true } else { false }
      }
    }
  }

  @Test("Votes: the mean where all have probabilities, else the agreement; one alone says nothing")
  func votes() {
    let sure = Vote(candidate: 0, probabilities: [0.8, 0.2])
    let unsure = Vote(candidate: 1, probabilities: [0.4, 0.6])
    let bare = Vote(candidate: 1, probabilities: nil)
    let mean = Tally([sure, unsure], candidates: 2)
    #expect(isClose(mean.probabilities ?? [], [0.6, 0.4]) && mean.source == .tokens && mean.candidate == 0)
    let agreement = Tally([bare, sure, bare, bare], candidates: 2)
    #expect(isClose(agreement.probabilities ?? [], [0.25, 0.75]) && agreement.source == .agreement)
    #expect(Tally([bare], candidates: 2) == Tally(candidate: 1, probabilities: nil, source: .none))
  }
}

@Suite("Rounds")
struct RoundsTests {
  @Test("Groups are even, in order, and complete", arguments: 1...450)
  func groups(count: Int) {
    let groups = Rounds.groups(Array(0..<count), size: 20)
    #expect(groups.flatMap { $0 } == Array(0..<count))
    let sizes = groups.map(\.count)
    #expect((sizes.max() ?? 0) <= 20 && (sizes.max() ?? 0) - (sizes.min() ?? 0) <= 1)
    #expect(groups.count == (count + 19) / 20)
  }

  @Test(
    "For a softmax that does not depend on who else is asked about, rounds give what one question would",
    arguments: 1...50)
  func luce(seed: UInt64) {
    var generator = Seeded(seed)
    let count = Int.random(in: 21...200, using: &generator)
    let weights = (0..<count).map { _ in Float.random(in: 0.001...1, using: &generator) }
    func share(_ members: [Int]) -> [Float] {
      let sum = members.reduce(0) { $0 + weights[$1] }
      return members.map { weights[$0] / sum }
    }
    let groups = Rounds.groups(Array(0..<count), size: 20)
    let shares = groups.map(share)
    let tallies = shares.map { Tally($0, .tokens) }
    let winners = zip(groups, tallies).map { $0[$1.candidate] }
    let tally = Rounds.combined(groups: tallies, sizes: groups.map(\.count), final: Tally(share(winners), .tokens))
    let combined = tally.probabilities ?? []
    #expect(tally.source == .tokens && combined.count == count)
    #expect(zip(combined, share(Array(0..<count))).allSatisfy { abs($0 - $1) < 1e-5 })
    #expect(abs(combined.reduce(0, +) - 1) < 1e-4)
  }

  @Test("Where one answer of all has no probabilities, the final's winner stands without any", arguments: 0..<3)
  func bare(missing: Int) {
    func tally(_ number: Int, _ probabilities: [Float]) -> Tally {
      let known = Tally(probabilities, .tokens)
      return number == missing ? Tally(candidate: known.candidate, probabilities: nil, source: .none) : known
    }
    let combined = Rounds.combined(
      groups: [tally(0, [0, 1]), tally(1, [0, 0.9, 0.1])], sizes: [2, 3], final: tally(2, [0.2, 0.8]))
    #expect(combined == Tally(candidate: 3, probabilities: nil, source: .none))
  }
}
