import Cascade
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

/// The first day of a stream on real data: no small model, nothing labelled, a large model that answers everything. Between
/// the stream's parts small models are made of its answers. What came of it is read from Postgres, and held against labels
/// that no worker was shown.
public struct Demo: Sendable {
  private let folder: URL
  private let sampleCount: Int
  private let seed: UInt64
  private let encoders: EncoderLibrary
  private let step: @Sendable (EvaluationStep) -> Void

  /// - Parameters:
  ///   - folder: the task's folder.
  ///   - sampleCount: how many descriptions are streamed.
  ///   - seed: of which descriptions are streamed, and in which order.
  ///   - step: called from any thread.
  public init(
    folder: URL, sampleCount: Int, seed: UInt64, models: ModelsFolder = ModelsFolder(),
    step: @escaping @Sendable (EvaluationStep) -> Void
  ) {
    self.folder = folder
    self.sampleCount = sampleCount
    self.seed = seed
    encoders = EncoderLibrary(models)
    self.step = step
  }

  /// The task and its stream.
  public struct Prepared: Sendable {
    /// The task's name.
    public let task: String
    /// Where its `task.json` and its large model's head are.
    public let folder: ScratchFolder
    /// What the large model has not seen.
    public let stream: [DataRow]
  }

  /// What the small models' answers are promised to be: so many what the large model would have said, 0 to 1.
  public static let parity = 0.9

  /// Fits the large model's head, and writes the task's folder, in which there is no small model.
  public func prepare() async throws -> Prepared {
    let document = try TaskDocument(folder: folder)
    let task = try document.definition()
    let data = try ExperimentData(.debianSections, folder: folder, seed: seed)
    guard data.stream.count >= sampleCount else {
      throw DatasetError("\(data.stream.count) descriptions are left to stream; ask for at most that many")
    }
    let head = try await TaskTraining(task: task, encoders: encoders, step: step)
      .head(on: data.headRows(of: task), labels: data.labels)
    let scratch = try ScratchFolder()
    try document.with("task", ["name": task.name, "labels": data.labels])
      .with("threshold", ["rule": "parity", "target": Self.parity, "confidence": 0.95])
      .write(to: scratch.url)
    try head.map { try $0.encoded().write(to: TaskFiles(folder: scratch.url).head) }
    return Prepared(task: task.name, folder: scratch, stream: Array(data.stream.prefix(sampleCount)))
  }

  /// How the demo's workers are set up: a fifth of the easy samples is also shown to the large model, and the text of all
  /// easy ones is kept to teach.
  public static func workers(_ prepared: Prepared) -> LocalMode.Workers {
    var workers = LocalMode.Workers()
    workers.router.auditShare = 0.2
    workers.router.taughtShare = 1
    var task = TaskDistillation(task: prepared.task, heldOut: nil)
    // Rounds start between the stream's parts, and take the same answers however busy the machine is.
    task.first.answers = .max
    task.policy.onDrift = .nothing
    task.promise.adjusts = false
    task.round.isRepeatable = true
    // What the large model is unsure of teaches, too: its confidence goes with each answer.
    task.round.largeThreshold = 0.2
    // A few epochs from the S2 in force: the reader waits for them.
    task.round.training.epochs = 8
    workers.distiller = DistillerSettings(tasks: [task])
    return workers
  }

  /// Where the stream's parts end, as shares of it; between two of them there is a round.
  private static let partEnds = [0.2, 0.5, 1]
  /// The picture has a point for so many samples.
  private static let picturePoint = 500

  /// What the demo shows while it streams.
  public enum Event: Sendable {
    /// Another part of the stream begins.
    case partBegan(number: Int, of: Int)
    /// How many samples have their outcome, and the query share of the present part.
    case progress(outcomes: Int, queryShare: Double)
    /// A part has ended.
    case partEnded(StreamScore)
    /// A round begins.
    case roundBegan(Int)
    /// What came of it, in words and numbers.
    case roundEnded(String)
  }

  /// What came of the stream.
  public struct End: Sendable {
    /// Rows in Postgres: answers and rejections.
    public let outcomes: Int
    /// Of these, rejections.
    public let rejections: Int
    /// Each part, and the versions of the small models that answered in it.
    public let parts: [(versions: [String], score: StreamScore)]
    /// The whole stream.
    public let whole: StreamScore
    /// What each small model, and the large one, answered.
    public let byAnswerer: [(answeredBy: AnsweredBy, score: StreamScore)]
    /// The query share over the stream in its order: samples so far, and the share among the last 500.
    public let queryShares: [(samples: Int, share: Double)]
    /// How long pushing and answering took, the rounds not counted.
    public let streaming: Duration
  }

  /// Pushes the stream in parts, with a round between them, and waits until every sample has its outcome.
  /// - Parameters:
  ///   - workers: as they run in the deployment.
  ///   - show: called some times a second.
  public func stream(
    _ prepared: Prepared, through deployment: Deployment, _ workers: LocalMode.Workers,
    show: @escaping @Sendable (Event) -> Void
  ) async throws -> End {
    let connection = try Connection(deployment.database("demo"))
    let store = try ModelStore(deployment.database("demo"))
    let results = ResultStore(connection)
    let feed = StreamFeed(
      task: prepared.task, deployment: deployment, workers: workers, results: results, maximumLag: 4000)
    var (start, streaming) = (0, Duration.zero)
    var parts: [(versions: [String], score: StreamScore)] = []
    var answers: [(label: String?, answer: GivenAnswer?)] = []
    for (part, share) in Self.partEnds.enumerated() {
      if part > 0 {
        show(.roundBegan(part))
        let round = try await DistillationRounds.now(
          task: prepared.task, store: store, routedBy: workers.routingTable)
        show(.roundEnded(round.inWords))
      }
      show(.partBegan(number: part + 1, of: Self.partEnds.count))
      let end = Int((Double(prepared.stream.count) * share).rounded(.up))
      let rows = Array(prepared.stream[start..<end])
      streaming += try await push(rows, feed, show)
      let versions = try await store.serving().smallModels(of: prepared.task).map(\.description.version)
      let given = try await feed.answers(rows)
      answers += given
      parts.append((versions, StreamScore(given)))
      show(.partEnded(parts[part].score))
      start = end
    }
    let figures = try await feed.figures()
    let end = End(
      outcomes: figures.outcomes, rejections: figures.rejections, parts: parts, whole: StreamScore(answers),
      byAnswerer: AnsweredBy.allCases.map { one in (one, StreamScore(answers.filter { $0.answer?.answeredBy == one })) }
        .filter { $0.score.samples > 0 },
      queryShares: Self.picture(answers.map { $0.answer?.answeredBy == .large }), streaming: streaming)
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
    try await feed.push(rows, namesLabels: false) { figures, _ in
      show(.progress(outcomes: figures.outcomes, queryShare: figures.queryShare(since: before)))
    }
    return ContinuousClock.now - start
  }

  private static func picture(_ asked: [Bool]) -> [(samples: Int, share: Double)] {
    stride(from: 0, to: asked.count, by: picturePoint).map { start in
      let slice = Array(asked[start..<min(start + picturePoint, asked.count)])
      return (samples: start + slice.count, share: slice.share)
    }
  }
}
