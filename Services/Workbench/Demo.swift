import Datasets
import Distiller
import Encoders
import Evaluation
import Experiments
import Foundation
import ModelStore
import Operations
import Postgres
import ResultStore
import Tasks

/// The whole way of a sample on real data: train, start local mode, stream held-out package descriptions through the
/// workers while the learnable model is taught between the stream's parts, and read what came of it from Postgres.
public struct Demo: Sendable {
  private let folder: URL
  private let sampleCount: Int
  private let models: ModelsFolder
  private let step: @Sendable (EvaluationStep) -> Void

  /// - Parameters:
  ///   - folder: the task's folder.
  ///   - sampleCount: how many descriptions are streamed.
  ///   - step: called from any thread.
  public init(
    folder: URL, sampleCount: Int, models: ModelsFolder = ModelsFolder(),
    step: @escaping @Sendable (EvaluationStep) -> Void
  ) {
    self.folder = folder
    self.sampleCount = sampleCount
    self.models = models
    self.step = step
  }

  /// Models for the demo, and the rows to stream.
  public struct Prepared: Sendable {
    /// The offline figures and the models.
    public let outcome: ExperimentRun.Outcome
    /// Rows that neither model has seen.
    public let stream: [DataRow]
    /// All of the rows, by their use.
    let data: ExperimentData
  }

  /// Trains both models and chooses the threshold.
  public func prepare() async throws -> Prepared {
    let task = try TaskDefinition(folder: folder)
    var data = try ExperimentData(.debianSections, folder: folder, seed: task.smallModel.training.seed)
    guard data.stream.count >= sampleCount else {
      throw DatasetError("\(data.stream.count) descriptions are left to stream; ask for at most that many")
    }
    let stream = Array(data.stream.prefix(sampleCount))
    // The stream itself is the test; offline a few rows suffice to say that all is well.
    data.test = Array(data.test.prefix(1000))
    let run = ExperimentRun(
      name: task.name, task: task, data: data, models: models, modes: task.pruning.chosenMode.map { [$0] }, step: step)
    return Prepared(outcome: try await run.run(), stream: stream, data: data)
  }

  /// How the demo's workers are set up: a fifth of the easy samples is also shown to the large model, so that its
  /// accuracy can be told from the database, and the text of all easy ones is kept to teach.
  /// - Parameter folder: for the distiller's files of samples.
  public static func workers(_ prepared: Prepared, files folder: URL) throws -> LocalMode.Workers {
    var workers = LocalMode.Workers()
    workers.router.auditShare = 0.2
    workers.router.taughtShare = 1
    var rule = prepared.outcome.distillation(prepared.data.distillation)
    // A few epochs from the S2 in force: the reader waits for them.
    rule.start = .learnable
    rule.training.epochs = 8
    rule.threshold = .bestAccuracy
    workers.distiller = DistillerSettings(tasks: [
      try prepared.outcome.taskDistillation(rule, prepared.data, files: folder)
    ])
    return workers
  }

  /// Where the stream's parts end, as shares of it; between two of them there is a round of distillation.
  private static let partEnds = [0.25, 0.5, 1]
  /// The picture has a point for so many samples.
  private static let picturePoint = 500

  /// What the demo shows while it streams.
  public enum Event: Sendable {
    /// Another part of the stream begins.
    case partBegan(number: Int, of: Int)
    /// How far the stream has come, and the query share of its present part.
    case progress(figures: StreamFigures, queryShare: Double)
    /// A part has ended with this query share.
    case partEnded(queryShare: Double)
    /// A round of distillation begins.
    case roundBegan(Int)
    /// What came of it, in words and numbers.
    case roundEnded(String)
  }

  /// What came of the stream.
  public struct End: Sendable {
    /// What the database says.
    public let figures: StreamFigures
    /// The query share over the stream in its order: samples so far, and the share among the last 500.
    public let queryShares: [(samples: Int, share: Double)]
    /// How long pushing and answering took, the rounds not counted.
    public let streaming: Duration
  }

  /// Pushes the stream in parts, with a round of distillation between them, and waits until every sample has its outcome.
  /// - Parameters:
  ///   - workers: as they run in the deployment.
  ///   - show: called some times a second.
  public func stream(
    _ prepared: Prepared, through deployment: Deployment, _ workers: LocalMode.Workers,
    show: @escaping @Sendable (Event) -> Void
  ) async throws -> End {
    let task = prepared.outcome.small.card.task
    let connection = try Connection(deployment.database("demo"))
    let store = try ModelStore(deployment.database("demo"))
    let feed = StreamFeed(
      task: task, deployment: deployment, workers: workers, results: ResultStore(connection), maximumLag: 4000)
    var (start, streaming) = (0, Duration.zero)
    for (part, share) in Self.partEnds.enumerated() {
      if part > 0 {
        show(.roundBegan(part))
        let round = try await DistillationRounds.now(task: task, store: store, routedBy: workers.routingTable)
        show(.roundEnded(round.inWords))
      }
      show(.partBegan(number: part + 1, of: Self.partEnds.count))
      let end = Int((Double(prepared.stream.count) * share).rounded(.up))
      streaming += try await push(Array(prepared.stream[start..<end]), feed, show)
      start = end
    }
    let end = End(
      figures: try await feed.figures(), queryShares: Self.picture(try await feed.askedLarge(prepared.stream)),
      streaming: streaming)
    await connection.close()
    return end
  }

  /// One part of the stream.
  /// - Returns: how long it took.
  private func push(
    _ rows: [DataRow], _ feed: StreamFeed, _ show: @escaping @Sendable (Event) -> Void
  ) async throws -> Duration {
    let start = ContinuousClock.now
    let before = try await feed.figures()
    try await feed.push(rows, namesLabels: true) { figures, _ in
      show(.progress(figures: figures, queryShare: figures.queryShare(since: before)))
    }
    let time = ContinuousClock.now - start
    show(.partEnded(queryShare: try await feed.askedLarge(rows).share))
    return time
  }

  private static func picture(_ asked: [Bool]) -> [(samples: Int, share: Double)] {
    stride(from: 0, to: asked.count, by: picturePoint).map { start in
      let slice = Array(asked[start..<min(start + picturePoint, asked.count)])
      return (samples: start + slice.count, share: slice.share)
    }
  }
}
