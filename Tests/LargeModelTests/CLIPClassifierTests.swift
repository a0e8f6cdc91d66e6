import Content
import Encoders
import Foundation
import Images
import TestSupport
import Testing

@testable import LargeModel

@Suite struct CLIPClassifierTests {
  /// Prompts whose sentences are the first three of `TinyCLIP.texts`.
  private static let labels = [TinyCLIP.texts[0], TinyCLIP.texts[1], "aquarium_fish"]
  private static let plain = LabelPrompts(templates: ["{label}"])

  private func classifier(
    _ labels: [String] = Self.labels, _ prompts: LabelPrompts = Self.plain, numbers: TransformerNumbers = .best
  ) async throws -> CLIPClassifier {
    try await CLIPClassifier(
      encoder: CLIPEncoder(contentsOf: TinyCLIP.models.encoder(TinyCLIP.name), numbers: numbers), labels: labels,
      prompts: prompts)
  }

  private func requests(
    _ candidates: [Int], prior: [Float]? = nil, pictures: [Picture] = TinyCLIP.pictures
  ) throws -> [LargeModelRequest] {
    try pictures.map { picture in
      let image = ImageSource.data(try picture.png(), mediaType: "image/png")
      return LargeModelRequest(input: Input(image: image), candidates: candidates, prior: prior)
    }
  }

  private func softmax(_ logits: [Float]) -> [Float] {
    let powers = logits.map { exp($0 - (logits.max() ?? 0)) }
    return powers.map { $0 / powers.reduce(0, +) }
  }

  @Test(arguments: [[0, 1, 2], [2, 0], [1]])
  func probabilitiesAreThoseOfTransformersOverTheCandidates(_ candidates: [Int]) async throws {
    let answers = try await classifier(numbers: .float32).answer(requests(candidates))
    let logits = try TinyCLIP.logits()
    for (row, answer) in answers.enumerated() {
      let answer = try answer.get()
      let wanted = softmax(candidates.map { Array(logits[row])[$0] })
      let found = try #require(answer.probabilities)
      for (candidate, probability) in zip(candidates, wanted) { #expect(abs(found[candidate] - probability) < 1e-4) }
      #expect(found.count == 3 && abs(found.reduce(0, +) - 1) < 1e-5)
      #expect(answer.label == zip(candidates, wanted).max { $0.1 < $1.1 }?.0)
      #expect(answer.promptTokens == 0 && answer.cost == 0)
    }
  }

  /// The paper's sentence of a maple tree, and that of an aquarium fish, are asked by instead of the labels' own.
  @Test func aSoftPromptNamesEachCandidatesProbability() async throws {
    let encoder = try CLIPEncoder(contentsOf: TinyCLIP.models.encoder(TinyCLIP.name))
    let soft = try await classifier(["maple_tree", "lawn_mower", "aquarium_fish"])
    let texts = try await encoder.features(of: [
      TinyCLIP.texts[1], "This is a photo of a aquarium fish with probability 0.050",
    ])
    let images = try await encoder.features(of: TinyCLIP.pictures)
    let answers = try await soft.answer(requests([0, 2], prior: [0.9321, 0.0179, 0.05]))
    for (row, answer) in answers.enumerated() {
      let wanted = softmax(texts.products(with: images[row]).map { $0 * encoder.logitScale })
      let found = try #require(try answer.get().probabilities)
      #expect(abs(found[0] - wanted[0]) < 1e-5 && found[1] == 0 && abs(found[2] - wanted[1]) < 1e-5)
    }
  }

  @Test func severalTemplatesAreAveraged() async throws {
    let encoder = try CLIPEncoder(contentsOf: TinyCLIP.models.encoder(TinyCLIP.name))
    let prompts = LabelPrompts(templates: ["a {label}.", "{label}?"], descriptions: ["tree": "maple"])
    let texts = try await encoder.features(of: ["a cat.", "cat?", "a maple.", "maple?"])
    let images = try await encoder.features(of: TinyCLIP.pictures)
    let answers = try await classifier(["cat", "tree"], prompts).answer(requests([0, 1]))
    for (row, answer) in answers.enumerated() {
      let logits = [0, 2].map { first in
        let mean = zip(texts[first], texts[first + 1]).map { ($0 + $1) / 2 }
        let length = mean.reduce(0) { $0 + $1 * $1 }.squareRoot()
        return zip(mean, images[row]).reduce(0) { $0 + $1.0 * $1.1 } / length * encoder.logitScale
      }
      #expect(abs(try #require(try answer.get().probabilities)[0] - softmax(logits)[0]) < 1e-4)
    }
  }

  @Test func oneBadRequestSpoilsNoOther() async throws {
    let good = try requests([0, 1], pictures: Array(TinyCLIP.pictures.prefix(1)))[0]
    let answers = try await classifier().answer([
      LargeModelRequest(input: Input(image: .data([1, 2, 3], mediaType: nil)), candidates: [0, 1]), good,
      LargeModelRequest(text: "no picture", candidates: [0, 1]),
      LargeModelRequest(input: good.input, candidates: [7], prior: [0.2, 0.3, 0.5]), good,
      LargeModelRequest(input: good.input, candidates: [0], prior: [1]),
    ])
    for place in [0, 2, 3, 5] { #expect(throws: LargeModelError.self) { try answers[place].get() } }
    #expect(try answers[1].get() == answers[4].get())
  }

  @Test func versionsTellPromptsApart() async throws {
    var versions: [String] = []
    for prompts in [Self.plain, .pictures, LabelPrompts(templates: ["{label}"], softTemplate: "{label} {p}")] {
      versions.append(try await classifier(Self.labels, prompts).version)
    }
    #expect(Set(versions).count == 3 && versions[0].hasPrefix("clip-"))
    #expect(try await classifier().version == versions[0])
  }

  @Test func thePromptsAreThePapersOwn() {
    #expect(LabelPrompts.pictures.sentences(for: "maple_tree") == ["a photo of a maple tree."])
    #expect(
      LabelPrompts.pictures.softSentence(for: "maple_tree", probability: 0.93216)
        == "This is a photo of a maple tree with probability 0.932")
  }
}
