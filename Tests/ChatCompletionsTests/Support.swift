import Foundation
import LargeModel
import LargeModelFlow
import PracticeServer

@testable import ChatCompletions

let fruits = ["apple", "banana", "cherry", "damson"]

/// Settings with short waits, for a server on loopback.
func settings(
  _ endpoints: [URL], mode: ChatCompletionsSettings.Mode = .token, attempts: Int = 4, concurrency: Int = 16
) -> ChatCompletionsSettings {
  var settings = ChatCompletionsSettings(endpoints: endpoints, model: "practice")
  settings.mode = mode
  settings.retry = RetryPolicy(maximumAttempts: attempts, base: .milliseconds(1), cap: .milliseconds(4))
  settings.concurrency = concurrency
  settings.prices = .init(prompt: 1, completion: 10)
  // Only tests of the breaker want one that opens.
  settings.breaker = CircuitBreaker.Settings(window: 1_000, minimum: 1_000)
  return settings
}

func nowhere() throws -> URL {
  guard let url = URL(string: "http://127.0.0.1:1/v1") else { throw ChatCompletionsError("no address") }
  return url
}

/// Answers the candidate that the text names, with 0.9.
let namesake = PracticeServer.namesake

extension LargeModelRequest {
  static func fruit(_ text: String, prior: [Float]? = nil) -> LargeModelRequest {
    LargeModelRequest(text: text, candidates: Array(fruits.indices), prior: prior)
  }
}

/// SplitMix64 (Steele et al. 2014): the same numbers in every run.
struct Seeded: RandomNumberGenerator {
  private var state: UInt64

  init(_ seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}
