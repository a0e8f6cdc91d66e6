import Foundation
import LargeModelFlow
import Testing

@testable import ChatCompletions

@Suite("Settings")
struct SettingsTests {
  typealias Change = @Sendable (inout ChatCompletionsSettings) -> Void

  private static func headers(_ names: String...) -> [String: APIKey] {
    Dictionary(names.map { ($0, APIKey(field: "sk-secret")) }) { $1 }.compactMapValues(\.self)
  }

  private static func address(_ text: String) -> [URL] { URL(string: text).map { [$0] } ?? [] }

  static let faults: [(key: String, change: Change)] = [
    ("endpoints", { $0.endpoints = [] }), ("endpoints", { $0.endpoints = address("ftp://host/v1") }),
    ("endpoints", { $0.endpoints = address("https://me:secret@host/v1") }), ("model", { $0.model = "" }),
    ("template", { $0.template = "{candidates}" }), ("template", { $0.template = "{text}" }),
    ("examples", { $0.examples = [.init(text: "x", label: "grape")] }),
    ("descriptions", { $0.descriptions = ["grape": "x"] }), ("temperature", { $0.temperature = 3 }),
    ("temperature", { $0.temperature = .nan }), ("top_logprobs", { $0.topLogprobs = 21 }),
    ("top_logprobs", { $0.topLogprobs = 1 }), ("samples", { $0.samples = 0 }), ("samples", { $0.samples = 3 }),
    ("retry", { $0.retry.maximumAttempts = 0 }), ("concurrency", { $0.concurrency = 0 }),
    ("maximum_response_bytes", { $0.maximumResponseBytes = 0 }),
    ("requests_per_minute", { $0.requestsPerMinute = .init(perMinute: 0) }),
    ("tokens_per_minute", { $0.tokensPerMinute = .init(perMinute: 1, burst: 1) }),
    ("headers", { $0.headers = headers("a b") }), ("headers", { $0.headers = headers("") }),
    ("headers", { $0.headers = headers("Content-Length") }), ("headers", { $0.headers = headers("host") }),
    ("headers", { $0.headers = headers("X-A", "x-a") }), ("api_key_header", { $0.apiKeyHeader = "a:b" }),
    (
      "headers",
      {
        $0.apiKey = APIKey("sk-secret")
        $0.headers = headers("Authorization")
      }
    ),
    ("extra_body", { $0.extraBody = ["stream": "true"] }), ("extra_body", { $0.extraBody = ["n": "2"] }),
    ("extra_body", { $0.extraBody = ["model": "\"x\""] }), ("extra_body", { $0.extraBody = ["messages": "[]"] }),
    ("extra_body", { $0.extraBody = ["max_tokens": "1"] }), ("extra_body", { $0.extraBody = ["temperature": "1"] }),
    ("extra_body", { $0.extraBody = ["logprobs": "false"] }), ("max_tokens", { $0.maximumTokens = 0 }),
    ("prices", { $0.prices.prompt = -1 }), ("timeouts", { $0.timeouts.silence = .zero }),
  ]

  @Test("Each fault is refused with its key and no secret", arguments: faults.indices)
  func refuse(index: Int) throws {
    var settings = settings([try nowhere()])
    Self.faults[index].change(&settings)
    let changed = settings
    #expect { try changed.validate(labels: fruits) } throws: {
      "\($0)".hasPrefix(Self.faults[index].key) && !"\($0)".contains("secret")
    }
  }

  @Test("The defaults are accepted")
  func defaults() throws {
    try ChatCompletionsSettings(endpoints: [try nowhere()], model: "m").validate(labels: fruits)
  }

  @Test("The key never shows")
  func redacted() throws {
    var settings = settings([try nowhere()])
    settings.apiKey = try APIKey(variable: "KEY", of: ["KEY": "sk-secret"])
    var dumped = ""
    dump(settings, to: &dumped)
    for text in ["\(settings)", String(reflecting: settings), dumped, String(describing: settings.apiKey)] {
      #expect(!text.contains("sk-secret"))
    }
  }

  @Test(
    "A missing or unusable key is refused by the variable's name", arguments: [[:], ["KEY": ""], ["KEY": "a\nb: c"]])
  func key(environment: [String: String]) {
    #expect { try APIKey(variable: "KEY", of: environment) } throws: { "\($0)".contains("variable KEY") }
  }

  @Test("The prompt's version changes with what is asked, and with nothing else")
  func version() throws {
    let base = settings([try nowhere()])
    let same: [Change] = [{ $0.concurrency = 3 }, { $0.prices.prompt = 9 }, { $0.apiKey = APIKey("x") }]
    let other: [Change] = [
      { $0.systemText = "x" }, { $0.reads = [.image] }, { $0.reads = [.text, .image] }, { $0.template += "x" },
      { $0.mode = .jsonSchema }, { $0.topLogprobs = 5 },
      { $0.temperature = 1 }, { $0.descriptions = ["apple": "x"] },
      { $0.examples = [.init(text: "x", label: "apple")] }, { $0.maximumTokens = 9 },
      { $0.extraBody = ["seed": "1"] },
    ]
    func changed(_ change: Change) -> String {
      var settings = base
      change(&settings)
      return settings.promptVersion
    }
    #expect(same.allSatisfy { changed($0) == base.promptVersion })
    #expect(Set(other.map(changed) + [base.promptVersion]).count == other.count + 1)
  }

  @Test(
    "The interface's address below a base",
    arguments: ["http://h/v1", "http://h/v1/", "http://h/v1/chat/completions"])
  func address(text: String) throws {
    let url = try #require(URL(string: text))
    #expect(HTTPExchange.address(url) == "http://h/v1/chat/completions")
  }
}
