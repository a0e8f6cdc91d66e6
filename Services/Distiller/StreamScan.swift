import Cascade
import Classification
import Content
import Encoders
import Evaluation
import ImageFetch
import ResultStore
import SmallModel
import Tasks

/// Finds out how much of a task's stream a small model could answer, from what the large model has answered so far. Nothing
/// is asked, and nothing is put in force.
///
/// The answers are halved, and each half is judged by a model that learnt from the other one, or from a part of it: so every
/// answer judges, and none a model that has seen it.
public struct StreamScan: Sendable {
  /// Of the task; it names its labels.
  private let definition: TaskDefinition
  private let results: ResultStore
  private let images: StreamImages
  private let encoders: EncoderLibrary

  private static let parities = [0.9, 0.95, 0.98]
  private static let confidence = 0.95
  /// Of the other half, in halves.
  private static let parts = [4, 2, 1]
  /// Fewer answers than this show nothing.
  private static let leastAnswers = 200

  /// A scan of what `results` keeps.
  public init(_ definition: TaskDefinition, results: ResultStore, images: ImageSettings, encoders: EncoderLibrary) {
    self.definition = definition
    self.results = results
    self.images = StreamImages(fetcher: ImageFetcher(images))
    self.encoders = encoders
  }

  /// Scans.
  /// - Parameters:
  ///   - limit: so many of the newest answers at most.
  ///   - step: called from any thread.
  /// - Throws: `DistillerError` where there are too few answers; what keeps a model from being trained;
  ///   `CancellationError`.
  public func run(newest limit: Int, step: @escaping @Sendable (EvaluationStep) -> Void) async throws -> ScanReport {
    let stored = try await results.newestUnfiltered(task: definition.name, limit: limit)
    let (answers, _) = try await images.fetched(
      stored.answers.compactMap(StreamAnswer.init), for: definition.reads ?? [.text])
    return ScanReport(
      task: definition.name, answers: distinct(answers).count, confidence: Self.confidence,
      points: try await points(answers, step: step),
      costPerAnswer: try await results.costOfLargeAnswer(task: definition.name))
  }

  private var labels: LabelIndex { LabelIndex(definition.labels) }

  private func distinct(_ answers: [StreamAnswer]) -> [StreamAnswer] {
    var counts = TeacherSelection.Counts()
    return FirstLesson.distinct(answers, labels: labels, counts: &counts)
  }

  /// The points that are measured, and those that they lead to.
  func points(
    _ answers: [StreamAnswer], step: @escaping @Sendable (EvaluationStep) -> Void
  ) async throws -> [ScanReport.Point] {
    // Drawn, for what comes in turn would part one label's answers from another's.
    var generator = SplitMix64(seed: 0)
    let answers = distinct(answers).shuffled(using: &generator)
    guard answers.count >= Self.leastAnswers, Set(answers.compactMap(\.large?.label)).count > 1 else {
      throw DistillerError(
        "\(answers.count) answers of the large model, with no small model before it, are kept of task "
          + "\(definition.name); \(Self.leastAnswers) of two labels at least are needed to tell anything")
    }
    let held = TaskDistillation(task: definition.name, heldOut: nil).round.streamHoldOut.share
    var points: [ScanReport.Point] = []
    for part in Self.parts {
      let learntFrom = answers.count / (2 * part)
      step(.stage("learning from \(learntFrom) of \(answers.count) answers, twice"))
      let shares = try await shares(answers, part: part)
      points.append(
        ScanReport.Point(
          learntFrom: learntFrom,
          moreAnswers: ScanReport.moreAnswers(learntFrom, answers: answers.count, held: held), isForecast: false,
          shares: shares))
    }
    return points + ScanReport.forecast(points, answers: answers.count, held: held)
  }

  /// What a model could answer that learns from every `part`th answer of a half.
  private func shares(_ answers: [StreamAnswer], part: Int) async throws -> [ScanReport.Share] {
    var outcomes: [HeldOutOutcome] = []
    for half in 0..<2 {
      let learnt = answers.indices.filter { $0 % 2 != half && $0 / 2 % part == 0 }.map { answers[$0] }
      let judged = answers.indices.filter { $0 % 2 == half }.map { answers[$0] }
      outcomes += try await self.outcomes(judged, learnt: learnt)
    }
    let curve = ThresholdCurve(outcomes)
    return Self.parities.map { parity in
      let rule = ThresholdRule.parity(target: Float(parity), confidence: Float(Self.confidence))
      do throws(ThresholdError) {
        return ScanReport.Share(parity: parity, share: 1 - Double(try rule.choose(from: curve).queryShare))
      } catch {
        // So few answers show it of none.
        return ScanReport.Share(parity: parity, share: 0)
      }
    }
  }

  /// What a model that learnt from some answers makes of others.
  private func outcomes(_ judged: [StreamAnswer], learnt: [StreamAnswer]) async throws -> [HeldOutOutcome] {
    let recipe = definition.smallModel.withoutCheckpoint
    let trained = try await recipe.train(
      FirstLesson.examples(learnt, labels: labels), heldOut: nil, labels: labels.names, encoders: encoders
    ) { _ in }
    let card = ModelCard(
      task: definition.name, version: "scan", createdAt: .now, labels: labels.names, training: recipe.training)
    let predictor = try trained.network.predictor(
      card, PredictorOptions(precision: .float32, encoders: encoders))
    let samples = try HeldOutSamples(
      StreamHeldOut.rows(judged, labels: labels.names), labels: labels, version: card.version)
    let logits = try Logits(predictor, samples.inputs)
    let temperature = Temperature.fit(
      logits: logits.values, labels: samples.truths, classCount: logits.classCount)
    return zip(samples.indices, samples.outcomes(samples.indices, of: [])).map { sample, large in
      samples.outcome(sample, samples.reply(of: logits, to: sample, temperature: temperature), before: large)
    }
  }
}
