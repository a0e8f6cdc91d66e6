import Content
import Encoders
import Foundation
import Safetensors
import Settings
import TestSupport
import Testing

@testable import SmallModel

/// Captioners from their training to their file, over a small encoder of random weights.
@Suite struct CaptionerTests {
  /// Loaded once, so that its folder may go.
  private static let library: EncoderLibrary = {
    let folder = URL.temporaryDirectory.appending(path: UUID().uuidString)
    do {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      let library = EncoderLibrary(try TinyImageEncoder.sensitive(in: folder))
      _ = try library.imageEncoder(TinyImageEncoder.name, threads: 1)
      try FileManager.default.removeItem(at: folder)
      return library
    } catch { fatalError("the encoder of the tests cannot be made: \(error)") }
  }()
  private static let inputs = TinyImageEncoder.redsAndBlues(each: 12).map {
    Input(image: .data($0, mediaType: "image/png"))
  }
  private static let captions = inputs.indices.map {
    $0 < 12 ? ["A red picture .", "something red"] : ["A blue picture .", "something blue"]
  }
  private static let examples = CaptionExamples(inputs: inputs, targets: .captions(captions))

  private static func settings(_ recipe: any CaptionerRecipe, epochs: Int = 60) -> TrainingSettings {
    var settings = recipe.training
    (settings.epochs, settings.batchSize, settings.learningRate, settings.patience) = (epochs, 8, 0.01, epochs)
    (settings.dropout, settings.labelSmoothing) = (0.1, 0)
    return settings
  }

  private static func recipe(_ architecture: String) throws -> any CaptionerRecipe {
    let section = """
      {"small_model": {"architecture": "\(architecture)", "encoder": "\(TinyImageEncoder.name)", "hidden": 32,
        "minimum_count": 2, "beam_width": 2}}
      """
    var recipe = try SettingsSources(json: section, sections: nil)
      .read { Architecture.captionerRecipe($0.section("small_model"), default: .captioner) }.value
    recipe.training = settings(recipe)
    return recipe
  }

  private static func trained(
    _ architecture: String, on examples: CaptionExamples = examples
  ) async throws -> TrainedCaptioner {
    try await recipe(architecture).train(examples, heldOut: examples, encoders: library) { _ in }
  }

  private static func artifact(_ trained: TrainedCaptioner) throws -> CaptionerArtifact {
    var card = ModelCard(
      task: "t", version: "v", createdAt: Date(timeIntervalSince1970: 0), labels: [], temperature: trained.temperature,
      training: settings(LSTMCaptionerRecipe()))
    card.calibration = CaptionCalibration(intercept: 2, slope: 1)
    return try CaptionerArtifact(card: card, network: trained.network)
  }

  private static let options = PredictorOptions(precision: .float32, encoders: library)

  /// Whether each picture's colour is in its caption.
  private func areRight(_ captions: [GeneratedCaption]) -> [Bool] {
    captions.enumerated().map {
      $1.text.hasSuffix($0 < 12 ? "red picture" : "blue picture")
        || $1.text.hasSuffix($0 < 12 ? "something red" : "something blue")
    }
  }

  @Test(arguments: ["captioner", "transformer-captioner"])
  func learnsAnswersAndIsStored(_ architecture: String) async throws {
    let trained = try await Self.trained(architecture)
    #expect(trained.epochs.last?.heldOutLoss ?? 9 < trained.epochs.first?.heldOutLoss ?? 0)
    let artifact = try Self.artifact(trained)
    let captions = try artifact.predictor(Self.options).captions(Self.inputs)
    #expect(areRight(captions).count { $0 } >= 22, "\(captions.map(\.text))")
    for caption in captions {
      #expect((0...1).contains(caption.confidence) && caption.meanLogProbability <= 0)
      #expect(
        caption.confidence
          == artifact.card.calibration?.confidence(
            meanLogProbability: caption.meanLogProbability, tokens: caption.text.split(separator: " ").count + 1))
    }
    let candidates = try artifact.predictor(Self.options).candidates(Self.inputs)
    #expect(candidates.map { $0.first?.caption } == captions && candidates.contains { $0.count > 1 })
    #expect(candidates.allSatisfy { zip($0, $0.dropFirst()).allSatisfy { $0.score >= $1.score } })
    let back = try CaptionerArtifact(data: artifact.encoded(), name: "file")
    #expect(back.card == artifact.card && back.network.architecture == artifact.network.architecture)
    #expect(try back.network.contents() == artifact.network.contents())
    #expect(try back.predictor(Self.options).captions(Self.inputs) == captions)
    let error = #expect(throws: SmallModelError.self) { try SmallModelArtifact(data: artifact.encoded(), name: "file") }
    #expect(error?.description.contains("answers with captions") == true)
  }

  @Test func distributionsAreOfItsOwnCaptions() async throws {
    let predictor = try Self.artifact(await Self.trained("captioner")).predictor(Self.options)
    let captions = try predictor.captions(Self.inputs)
    for (caption, distribution) in zip(captions, try predictor.distributions(Self.inputs)) {
      let words = distribution.steps.dropLast().map { if case .word(let word) = $0.token { word } else { "" } }
      #expect(words.joined(separator: " ") == caption.text)
      #expect(distribution.steps.last?.token == .end)
      for step in distribution.steps {
        #expect(step.probabilities.values.reduce(0, +) < 1.0001)
        #expect((step.probabilities[step.token] ?? 0) > 0)
      }
    }
  }

  /// A copy learns what a teacher says of blue pictures, and from S1's distributions not to forget the red ones.
  @Test func aCopyLearnsFromATeacherAndDoesNotForget() async throws {
    let one = CaptionExamples(inputs: Self.inputs, targets: .captions(Self.captions.map { [$0[0], $0[0]] }))
    let s1 = try Self.artifact(await Self.trained("captioner", on: one))
    let (reds, blues) = (Array(Self.inputs.prefix(12)), Array(Self.inputs.suffix(12)))
    let before = try s1.predictor(Self.options).captions(reds)
    let taught = CaptionExamples(inputs: blues, targets: .captions(blues.map { _ in ["a picture blue"] }))
    let kept = CaptionExamples(
      inputs: reds, targets: .distributions(try s1.predictor(Self.options).distributions(reds)))
    let heldOut = CaptionExamples(
      inputs: blues + reds, targets: .captions(blues.map { _ in ["a picture blue"] } + before.map { [$0.text] }))
    let s2 = try await s1.network.trainable(Self.library).trained(
      on: [taught, kept], heldOut: heldOut, settings: Self.settings(LSTMCaptionerRecipe())
    ) { _ in }
    let predictor = try s2.network.predictor(s1.card, Self.options)
    #expect(try predictor.captions(blues).count { $0.text == "a picture blue" } >= 10)
    let after = try predictor.captions(reds)
    #expect(areRight(after).count { $0 } >= 10, "\(after.map(\.text)), before \(before.map(\.text))")
  }

  @Test func theSameSeedGivesTheSameWeights() async throws {
    let (one, other) = (try await Self.trained("captioner"), try await Self.trained("captioner"))
    #expect(try one.network.contents() == other.network.contents())
    #expect(one.epochs == other.epochs && one.temperature == other.temperature)
  }

  @Test func whatCannotBeLearntIsRefusedWithItsReason() async throws {
    let recipe = try Self.recipe("captioner")
    for (examples, reason) in [
      (CaptionExamples(inputs: [.text("x")], targets: .captions([["a b c d"]])), "has no image"),
      (CaptionExamples(inputs: Self.inputs, targets: .captions([["a"]])), "24 inputs but 1 targets"),
      (CaptionExamples(inputs: [Self.inputs[0]], targets: .captions([[]])), "has no caption"),
      (CaptionExamples(inputs: [Self.inputs[0]], targets: .captions([["once"]])), "vocabulary is 2"),
      (CaptionExamples(inputs: [Self.inputs[0]], targets: .distributions([.init(steps: [])])), "learns from captions"),
    ] {
      let error = await #expect(throws: SmallModelError.self) {
        try await recipe.train(examples, heldOut: nil, encoders: Self.library) { _ in }
      }
      #expect(error?.description.contains(reason) == true, "\(error?.description ?? "none")")
    }
  }

  @Test func aCancelledTrainingEnds() async throws {
    let recipe = try Self.recipe("captioner")
    await #expect(throws: CancellationError.self) {
      try await withThrowingTaskGroup(of: Void.self) { group in
        let (epochs, continuation) = AsyncStream.makeStream(of: Void.self)
        group.addTask {
          _ = try await recipe.train(Self.examples, heldOut: nil, encoders: Self.library) { _ in continuation.yield() }
        }
        for await _ in epochs { break }
        group.cancelAll()
        try await group.waitForAll()
      }
    }
  }

  /// A stranger's file is refused, or answers; it never traps.
  @Test func aDamagedFileIsRefusedWithItsReason() async throws {
    let artifact = try Self.artifact(await Self.trained("captioner"))
    let file = try SafetensorsFile(data: artifact.encoded(), name: "file")
    let contents = try artifact.network.contents()
    func error(_ change: (inout [String: SafetensorsTensor], inout [String: String]) -> Void) throws -> String {
      var (tensors, metadata) = (contents.tensors, file.metadata)
      change(&tensors, &metadata)
      let data = try SafetensorsFile.encode(tensors, metadata: metadata)
      let error = #expect(throws: (any Error).self) { try CaptionerArtifact(data: data, name: "file") }
      return error.map { "\($0)" } ?? ""
    }
    #expect(try error { tensors, _ in tensors["output.bias"] = nil }.contains("output.bias"))
    let words = try #require(contents.tensors["output.bias"]?.shape.first)
    let infinite = [Float](repeating: .infinity, count: words)
    #expect(
      try error { tensors, _ in tensors["output.bias"] = SafetensorsTensor(infinite, shape: [words]) }
        .contains("not finite"))
    #expect(
      try error { tensors, _ in tensors["vocabulary"] = SafetensorsTensor([UInt8]("a\na".utf8), shape: [3]) }
        .contains("twice"))
    #expect(
      try error { tensors, _ in tensors["vocabulary"] = SafetensorsTensor([UInt8]("a".utf8), shape: [1]) }
        .contains("the vocabulary has 3 tokens"))
    #expect(try error { _, metadata in metadata["encoder_folder"] = "../x" }.contains("no encoder"))
    #expect(
      try error { _, metadata in metadata["search"] = #"{"width":0,"lengthExponent":1,"longest":9}"# }.contains(
        "width 0"))
    #expect(
      try error { _, metadata in metadata["shape"] = #"{"vocabulary":9,"places":4,"channels":16,"hidden":33}"# }
        .contains("multiple of 16"))
    var card = artifact.card
    card.calibration = CaptionCalibration(intercept: .nan, slope: 1)
    #expect(throws: SmallModelError.self) { try artifact.with(card) }
  }
}
