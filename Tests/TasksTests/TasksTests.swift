import ChatCompletions
import Classification
import Encoders
import Foundation
import LargeModel
import Settings
import SmallModel
import Testing

@testable import Tasks

@Suite struct TaskDefinitionTests {
  @Test func everythingButTheNameHasADefault() throws {
    let task = try TaskDefinition(json: #"{"task":{"name":"t"}}"#)
    #expect(task.name == "t" && task.labels.isEmpty)
    #expect((task.smallModel as? TextCNNRecipe)?.filters.map(\.width) == [1, 2, 3])
    #expect(task.largeModel.kind == .zeroShot)
    #expect(task.threshold == .nearBest(margin: 0.01))
    #expect(task.pruning.mode == .none)
  }

  @Test func readsWhatIsNamed() throws {
    let task = try TaskDefinition(
      json: """
        {"task":{"name":"t","labels":["a","b"],"descriptions":{"a":"the first"}},
         "small_model":{"filters":{"2":10,"4":20},"epochs":3,"seed":7},
         "large_model":{"kind":"recorded","file":"answers.jsonl","accuracy":0.9},
         "threshold":{"rule":"risk_controlled","error":0.02,"alpha":0.1},
         "pruning":{"mode":"both","recall":0.9}}
        """)
    #expect(task.labels == ["a", "b"] && task.descriptions == ["a": "the first"])
    #expect((task.smallModel as? TextCNNRecipe)?.filters.map(\.count) == [10, 20])
    #expect(task.smallModel.training.epochs == 3 && task.smallModel.training.seed == 7)
    #expect(task.largeModel.kind == .recorded && task.largeModel.accuracy == 0.9)
    #expect(task.threshold == .riskControlled(error: 0.02, alpha: 0.1))
    #expect(task.pruning.mode == .both && task.pruning.hard.recall == 0.9)
  }

  @Test(arguments: [
    (#"{}"#, "task.name"), (#"{"task":{"name":"t","lables":[]}}"#, "lables"),
    (#"{"task":{"name":"t"},"threshold":{"rule":"best"}}"#, "best_accuracy"),
    (#"{"task":{"name":"t"},"small_model":{"filters":{"x":1}}}"#, "filters"),
    (#"{"task":{"name":"t"},"router":{}}"#, "router"), (#"{"task":{"name":"t"},"small_model":{"epochs":0}}"#, "epochs"),
    (#"{"task":{"name":"t"},"small_model":{"architecture":"resnet","depth":33}}"#, "depth"),
    (#"{"task":{"name":"t"},"small_model":{"architecture":"resnet","depth":2}}"#, "depth"),
    (#"{"task":{"name":"t"},"small_model":{"architecture":"resnet","precision":"int4"}}"#, "precision"),
    (#"{"task":{"name":"t"},"small_model":{"architecture":"resnet","optimizer":"sgd"}}"#, "optimizer"),
    (#"{"task":{"name":"t"},"small_model":{"architecture":"resnet","logit_adjustment":-1}}"#, "logit_adjustment"),
    (#"{"task":{"name":"t"},"small_model":{"architecture":"resnet","warm_up":1}}"#, "warm_up"),
    (#"{"task":{"name":"t"},"small_model":{"architecture":"resnet","maximum_tokens":64}}"#, "maximum_tokens"),
    ("nonsense", "task.json"),
  ])
  func refusesWhatIsWrongByItsName(json: String, name: String) throws {
    let error = #expect(throws: SettingsError.self) { try TaskDefinition(json: json) }
    #expect(try #require(error).description.contains(name))
  }

  @Test func readsAChatCompletionsServer() throws {
    let task = try TaskDefinition(
      json: """
        {"task":{"name":"t","labels":["a","b"],"descriptions":{"a":"the first"}},
         "large_model":{"kind":"chat_completions",
           "chat_completions":{
             "endpoints":["https://one.example/v1","http://localhost:8000/v1"],"model":"m","api_key_variable":"KEY",
             "mode":"json_schema","samples":3,"temperature":0.7,"system_text":"s","concurrency":200,
             "max_tokens":4000,"completion_limit":"max_completion_tokens","api_key_header":"api-key",
             "headers":{"x-title":"my app","x-team-key":"$TEAM"},"allow_plain_http":["vllm"],
             "extra_body":{"reasoning_effort":"low","nested":{"a":[1,2],"q":"q\\"\\u0301\\n"}},
             "examples":{"x.y z":"a"},"requests_per_minute":600,"prices":{"prompt":0.15,"completion":0.6},
             "timeouts":{"answer":"2m"},"retry":{"attempts":3},"circuit_breaker":{"pause":"5s"}},
           "cache":{"time_to_live":"7d"},
           "budget":{"per_day":5,"when_spent":"raise_threshold","lowest_threshold":0.4},
           "none_of_these":{"threshold":0.3}},
         "pruning":{"mode":"auto"}}
        """)
    let (settings, large) = (task.largeModel.server.client, task.largeModel)
    #expect(settings.endpoints.map(\.absoluteString) == ["https://one.example/v1", "http://localhost:8000/v1"])
    #expect(settings.mode == .jsonSchema && settings.samples == 3 && settings.temperature == 0.7)
    #expect(settings.examples.map(\.text) == ["x.y z"] && settings.descriptions == ["a": "the first"])
    #expect(settings.requestsPerMinute?.perMinute == 600 && settings.tokensPerMinute == nil)
    #expect(
      settings.concurrency == 200 && settings.retry.maximumAttempts == 3 && settings.timeouts.answer == .seconds(120))
    #expect(settings.maximumTokens == 4_000 && settings.completionLimit == .maxCompletionTokens)
    #expect(settings.apiKeyHeader == "api-key" && settings.allowPlainHTTP == ["vllm"])
    #expect(task.largeModel.server.headers == ["x-title": "my app", "x-team-key": "$TEAM"])
    #expect(settings.extraBody["reasoning_effort"] == #""low""#)
    #expect(settings.extraBody["nested"] == #"{"a":[1,2],"q":"q\"\#u{301}\u000a"}"#)
    #expect(settings.prices.completion == 0.6 && settings.breaker.pause == .seconds(5))
    #expect(large.server.keyVariable == "KEY" && large.cacheTimeToLive == .seconds(7 * 86_400))
    #expect(large.budget == LargeModelBudget(.init(perDay: 5, whenSpent: .raiseThreshold), lowestThreshold: 0.4))
    #expect(large.noneOfThese == NoneOfThese(threshold: 0.3))
    #expect(task.pruning.chosenMode == nil && task.pruning.mode == .none)
  }

  @Test(arguments: [
    (#"{"model":"m"}"#, "endpoints: there is none"), (#"{"endpoints":["http://x/v1"]}"#, "model"),
    (#"{"endpoints":["ftp://x"],"model":"m"}"#, "no http or https address"),
    (#"{"endpoints":["http://x"],"model":"m","mode":"letters"}"#, "json_schema"),
    (#"{"endpoints":["http://x"],"model":"m","template":"{candidates}"}"#, "{text} is missing"),
    (#"{"endpoints":["http://x"],"model":"m","concurrency":0}"#, "concurrency"),
    (#"{"endpoints":["http://x"],"model":"m","retry":{"tries":3}}"#, "tries"),
    (#"{"endpoints":["http://x"],"model":"m","samples":3}"#, "raise the temperature"),
    (#"{"endpoints":["http://x"],"model":"m","examples":{"a text":"c"}}"#, "not one of the task's labels"),
    (#"{"endpoints":["http://x"],"model":"m","extra_body":{"stream":true}}"#, "extra_body: stream"),
    (#"{"endpoints":["http://x"],"model":"m","extra_body":[1]}"#, "extra_body: must be an object"),
    (#"{"endpoints":["http://x"],"model":"m","max_tokens":0}"#, "max_tokens"),
    (#"{"endpoints":["https://x"],"model":"m","headers":{"x-api-key":"sk-1"}}"#, "headers: x-api-key sounds like"),
    (#"{"endpoints":["http://x"],"model":"m","api_key_variable":"KEY"}"#, "allow_plain_http"),
    (#"{"endpoints":["http://x"],"model":"m","headers":{"x-team":"$TEAM"}}"#, "allow_plain_http"),
  ])
  func refusesAServerThatCannotBeAsked(chat: String, reason: String) throws {
    let json =
      #"{"task":{"name":"t","labels":["a","b"]},"large_model":{"kind":"chat_completions","chat_completions":\#(chat)}}"#
    let error = #expect(throws: SettingsError.self) { try TaskDefinition(json: json) }
    #expect(try #require(error).description.contains(reason))
  }

  @Test func aBudgetNeedsPrices() throws {
    let json = #"{"task":{"name":"t"},"large_model":{"budget":{"per_hour":1}}}"#
    let error = #expect(throws: SettingsError.self) { try TaskDefinition(json: json) }
    #expect(try #require(error).description.contains("prices"))
  }

  @Test func aServersHeadersAndProxiesComeFromTheEnvironment() throws {
    let task = try TaskDefinition(
      json: #"""
        {"task":{"name":"t"},"large_model":{"kind":"chat_completions","chat_completions":{
          "endpoints":["https://x/v1"],"model":"m","headers":{"x-team-key":"${TEAM}","x-title":"my app"}}}}
        """#)
    let server = task.largeModel.server
    let settings = try server.settings(environment: ["TEAM": "secret 1", "HTTPS_PROXY": "proxy:1"])
    #expect(settings.headers == ["x-team-key": APIKey(field: "secret 1"), "x-title": APIKey(field: "my app")])
    #expect(!"\(settings)".contains("secret"))
    #expect(settings.network != .direct)
    for environment in [[:], ["TEAM": ""], ["TEAM": "a\nb: c"], ["TEAM": "x", "HTTPS_PROXY": "ftp://x"]] {
      let error = #expect(throws: ChatCompletionsError.self) { try server.settings(environment: environment) }
      #expect(error?.description.contains(environment["TEAM"] == "x" ? "HTTPS_PROXY" : "TEAM") == true)
    }
  }

  @Test func aServersKeyComesFromTheEnvironment() async throws {
    let task = try TaskDefinition(
      json: #"""
        {"task":{"name":"t"},"large_model":{"kind":"chat_completions",
          "chat_completions":{"endpoints":["http://127.0.0.1:1/v1"],"model":"m","api_key_variable":"MY_KEY"}}}
        """#)
    let models = ModelsFolder(environment: [:])
    await #expect(
      throws: TaskError(
        "task t: large_model.chat_completions: the environment variable MY_KEY is not set; it must hold the server's API key"
      )
    ) {
      _ = try await LargeModelFactory(models: models, environment: [:]).make(task, labels: ["a", "b"])
    }
    let factory = LargeModelFactory(models: models, environment: ["MY_KEY": "secret"])
    #expect(try await factory.make(task, labels: ["a", "b"]).version.hasPrefix("m-"))
  }

  @Test func anS2MayBeANetworkOfItsOwnThatReadsWhatSamplesHold() throws {
    #expect(try TaskDefinition(json: #"{"task":{"name":"t"}}"#).learnableModel == nil)
    let head = #"{"task":{"name":"t"},"learnable_model":{"encoder":"mini","seed":3}}"#
    let recipe = try #require(try TaskDefinition(json: head).learnableModel as? EncoderHeadRecipe)
    #expect(recipe.encoder == "mini" && recipe.training.seed == 3)
    let picture = #"{"task":{"name":"t"},"learnable_model":{"architecture":"resnet"}}"#
    let error = try #require(throws: SettingsError.self) { try TaskDefinition(json: picture) }
    #expect(
      error.problems == [
        "learnable_model.architecture: this network reads images, and the task's samples hold texts: name one that reads "
          + "those, or say in task.reads what samples hold"
      ])
    let both = #"{"task":{"name":"t","reads":["text","image"]},"learnable_model":{"architecture":"resnet"}}"#
    #expect(try TaskDefinition(json: both).learnableModel is ResNetRecipe)
  }

  @Test func theExamplesAreValid() throws {
    let examples = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appending(path: "examples")
    let folders = try FileManager.default.contentsOfDirectory(at: examples, includingPropertiesForKeys: nil)
    #expect(folders.count >= 4)
    for folder in folders { #expect(try TaskDefinition(folder: folder).name == folder.lastPathComponent) }
  }
}

@Suite struct PromptPrunerTests {
  private let facts = SmallModelFacts(prior: [0.5, 0.25, 0.25], recall: [0.9, 0.9, 0.1], precision: [0.9, 0.9, 0.9])
  private let small: [Float] = [0.6, 0.001, 0.399]

  private func pruner(_ mode: PruningMode, facts: SmallModelFacts?) throws -> PromptPruner {
    let json = #"{"task":{"name":"t"},"pruning":{"mode":"\#(mode.rawValue)"}}"#
    return PromptPruner(settings: try TaskDefinition(json: json).pruning, classCount: 3, facts: facts)
  }

  private func answer(_ question: PromptPruner.Question) -> LargeModelAnswer {
    let candidates = question.request.candidates
    var probabilities: [Float] = [0, 0, 0]
    for candidate in candidates { probabilities[candidate] = 1 / Float(candidates.count) }
    return LargeModelAnswer(
      label: candidates[0], probabilities: probabilities, promptTokens: 1, completionTokens: 1, cost: 0)
  }

  @Test(arguments: [
    (PruningMode.none, [0, 1, 2], 0), (.soft, [0, 1, 2], 2), (.hard, [0, 2], 0), (.both, [0, 2], 2),
  ])
  func prunesAndWeighsByMode(mode: PruningMode, candidates: [Int], label: Int) throws {
    let pruner = try pruner(mode, facts: facts)
    let question = pruner.question(id: "1", input: .text("x"), small: small)
    #expect(question.request.candidates == candidates)
    let conclusion = try #require(pruner.conclude(question, answer(question)))
    // The large model is undecided, so the small one's likelihood (probability ÷ prior) decides where it is weighed.
    #expect(conclusion.label == label)
    #expect(conclusion.candidates.before == 3 && conclusion.candidates.after == candidates.count)
    #expect(conclusion.entropy.after <= conclusion.entropy.before)
    #expect(abs(try #require(conclusion.probabilities).reduce(0, +) - 1) < 1e-5)
  }

  @Test func aSoftPromptIsEitherReadOrMultipliedNeverBoth() throws {
    for (kind, isRead) in [("chat_completions", true), ("clip", true), ("zero_shot", false)] {
      let server = #""chat_completions":{"endpoints":["http://x/v1"],"model":"m"}"#
      let json = #"{"task":{"name":"t"},"large_model":{"kind":"\#(kind)",\#(server)},"pruning":{"mode":"soft"}}"#
      let pruner = PromptPruner(settings: try TaskDefinition(json: json).pruning, classCount: 3, facts: facts)
      let question = pruner.question(id: nil, input: .text("x"), small: small)
      #expect(question.request.prior == (isRead ? small : nil))
      let given = answer(question)
      #expect((pruner.conclude(question, given)?.probabilities == given.probabilities) == isRead)
    }
  }

  /// The large model's class 1 is all but excluded by the small one, and stays.
  @Test(arguments: PruningMode.allCases)
  func anAnswerWithoutProbabilitiesStandsAsItIsAndBecomesNoProduct(mode: PruningMode) throws {
    let pruner = try pruner(mode, facts: facts)
    let question = pruner.question(id: nil, input: .text("x"), small: small)
    let label = question.request.candidates[1]
    let given = LargeModelAnswer(label: label, probabilities: nil, promptTokens: 1, completionTokens: 1, cost: 0)
    let conclusion = try #require(pruner.conclude(question, given))
    #expect(conclusion.label == label && conclusion.probabilities == nil && conclusion.confidence == nil)
    #expect(abs(conclusion.entropy.after - log2(Float(question.request.candidates.count))) < 1e-5)
  }

  @Test func aCandidateIsNotCertainBecauseItIsTheOnlyOne() throws {
    let json = #"{"task":{"name":"t"},"pruning":{"mode":"hard","keeps_at_least":1}}"#
    let pruner = PromptPruner(settings: try TaskDefinition(json: json).pruning, classCount: 3, facts: facts)
    let question = pruner.question(id: nil, input: .text("x"), small: [0.001, 0.001, 0.998])
    #expect(question.request.candidates == [2])
    let conclusion = try #require(pruner.conclude(question, answer(question)))
    #expect(conclusion.label == 2 && conclusion.confidence == nil)
  }

  @Test func aCaptionChoosesAmongNoLabels() throws {
    let pruner = try pruner(.both, facts: facts)
    let question = pruner.question(id: nil, input: .text("x"), small: small)
    let given = LargeModelAnswer(caption: "a dog", confidence: 0.5, promptTokens: 1, completionTokens: 1, cost: 0)
    #expect(pruner.conclude(question, given) == nil && given.confidence == 0.5)
    #expect(given.reply(labels: ["a"]) == .caption("a dog"))
  }

  /// Whoever uses a large model asks what it can, never which kind it is.
  @Test func eachKindTellsWhatItCan() throws {
    func traits(_ kind: String, _ more: String = "") throws -> LargeModelTraits {
      try TaskDefinition(json: #"{"task":{"name":"t"},"large_model":{"kind":"\#(kind)"\#(more)}}"#).largeModel.traits
    }
    #expect(try traits("zero_shot") == LargeModelTraits())
    #expect(try traits("linear_head").needsHead)
    let clip = try traits("clip")
    #expect(clip.reads == [.image] && clip.givesProbabilities && clip.takesFewerCandidates && clip.readsProbabilities)
    #expect(!clip.needsHead && !clip.hasPrice && !clip.isServer)
    let recorded = try traits("recorded")
    #expect(recorded.reads == [.text, .image] && !recorded.looksAtImages && clip.looksAtImages)
    #expect(!recorded.givesProbabilities && !recorded.takesFewerCandidates && !recorded.isServer)
    let server = #","chat_completions":{"endpoints":["http://x/v1"],"model":"m","concurrency":7"#
    let free = try traits("chat_completions", server + "}")
    #expect(free.concurrency == 7 && free.isServer && free.readsProbabilities && !free.hasPrice)
    #expect(try traits("chat_completions", server + #","prices":{"prompt":1}}"#).hasPrice)
  }

  @Test func withoutFactsOrProbabilitiesNothingIsPruned() throws {
    for (pruner, small) in [(try pruner(.both, facts: nil), small), (try pruner(.both, facts: facts), nil)] {
      let question = pruner.question(id: nil, input: .text("x"), small: small)
      #expect(question.request.candidates == [0, 1, 2])
      let given = answer(question)
      #expect(pruner.conclude(question, given)?.probabilities == given.probabilities)
    }
  }
}

@Suite struct ModelsFolderTests {
  @Test func saysHowToBringAnEncoder() throws {
    let folder = ModelsFolder(environment: ["SHUNT_MODELS": "/nowhere"])
    let error = #expect(throws: EncoderError.self) { try folder.encoder("all-MiniLM-L6-v2") }
    #expect(try #require(error).description.contains("shunt models fetch"))
  }
}
