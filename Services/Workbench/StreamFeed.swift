import Content
import Datasets
import Kafka
import Messages
import Operations
import ResultStore

/// Feeds rows to a deployment's stream and follows them until each has its outcome.
struct StreamFeed {
  private let task: String
  private let producer: StreamProducer
  private let results: ResultStore
  private let kafka: KafkaSettings
  /// The groups in the order in which a sample passes them, each with what it reads.
  private let groups: [(name: String, topics: [String])]

  /// - Parameters:
  ///   - workers: the deployment's, with their consumer groups.
  ///   - maximumLag: how many messages a worker may lag behind.
  init(task: String, deployment: Deployment, workers: LocalMode.Workers, results: ResultStore, maximumLag: Int) {
    self.task = task
    self.results = results
    let settings = deployment.settings
    kafka = settings.kafka
    groups = [
      (workers.router.group, [settings.topics.samples.name]),
      (workers.largeModelWorker.group, [settings.topics.hard.name]),
      (workers.recorder.group, [settings.topics.results.name, settings.topics.rejected.name]),
    ]
    producer = StreamProducer(
      kafka: settings.kafka, topic: settings.topics.samples,
      pace: StreamProducer.Pace(
        followers: [
          settings.topics.samples.name: workers.router.group,
          settings.topics.hard.name: workers.largeModelWorker.group,
          settings.topics.results.name: workers.recorder.group,
        ], maximumLag: maximumLag))
  }

  /// How many messages of some rows a worker may lag behind, so that local mode's broker, which keeps 5 MiB a partition,
  /// loses none, even were all in one partition.
  static func lag(of rows: [DataRow], atMost most: Int) -> Int {
    // An image grows in base64; behind the router a message also has what the models said.
    let bytes = 2 * rows.reduce(0) { $0 + $1.input.byteCount } * 4 / 3 / max(1, rows.count) + 1000
    return max(100, min(most, (3 << 20) / bytes))
  }

  /// Pushes rows in their order and waits until each has its outcome, audits too, and a round would read it: what comes
  /// next is then the same on any load.
  /// - Parameters:
  ///   - namesLabels: whether the producer knows the truth; rows that are scored elsewhere keep it to themselves.
  ///   - progress: called some times a second with the task's figures and how many of the rows have their outcome.
  func push(
    _ rows: [DataRow], namesLabels: Bool, progress: @escaping @Sendable (StreamFigures, Int) -> Void
  ) async throws {
    let before = try await figures().outcomes
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask {
        try await producer.push(
          rows.lazy.map { row in
            Sample(
              id: row.id, task: task, input: row.input, category: row.category,
              truth: namesLabels ? row.truth : nil, producedAt: .now)
          })
      }
      group.addTask {
        while true {
          let figures = try await figures()
          progress(figures, figures.outcomes - before)
          if figures.outcomes - before >= rows.count { return }
          // Looks at the database some times a second until the last outcome is there.
          try await Task.sleep(for: .milliseconds(200))
        }
      }
      // The first that fails ends the other.
      while try await group.next() != nil {}
    }
    try await settle()
  }

  /// Waits until nothing is under way. Neither Kafka nor Postgres tells of it, so both are asked again and again.
  private func settle() async throws {
    let admin = try Admin(settings: kafka)
    for group in groups {
      while try await admin.progress(of: group.name, in: group.topics).lag > 0 {
        try await Task.sleep(for: .milliseconds(50))
      }
    }
    while try await !results.isReadable(task: task) { try await Task.sleep(for: .milliseconds(50)) }
  }

  func figures() async throws -> StreamFigures { try await StreamFigures.read(task: task, from: results) }

  /// For each row whether the large model answered it, [rows].
  func askedLarge(_ rows: [DataRow]) async throws -> [Bool] {
    try await answers(rows).map { $0.answer?.answeredBy == .large }
  }

  /// Each row's label and answer, [rows].
  func answers(_ rows: [DataRow]) async throws -> [(label: String?, answer: GivenAnswer?)] {
    let answers = try await results.answers(task: task, ids: rows.map(\.id))
    return rows.map { ($0.label, answers[$0.id]) }
  }
}

extension [Bool] {
  /// The part that is true, 0 to 1.
  var share: Double { Double(count { $0 }) / Double(Swift.max(1, count)) }
}
