import Classification
import Concurrency
import Content
import Images
import JSON
import Kafka
import Messages
import ModelStore
import SmallModel
import Streams

/// What came of one batch.
struct RoutedBatch {
  /// Answers, hard samples and rejections, to be published before the batch is committed.
  var outgoing = OutgoingBatch()
  /// Which message of the batch each outgoing record comes of.
  var places: [Int] = []
  /// How many messages took which way.
  var counts = RoutedCounts()
  /// How many samples each task has in it.
  var samples: [String: Int] = [:]
  /// How many of these are audited.
  var audits: [String: Int] = [:]
  /// Which messages wait for a model of their task.
  var held: [String: [Int]] = [:]
  /// Which messages wait for their images, by task.
  var postponed: [String: Postponed] = [:]
  /// How many images were fetched, by task; tasks without references are not here.
  var fetched: [String: Int] = [:]
  /// How many were rejected why.
  var rejected: [RejectedKind: Int] = [:]
  /// What shadows would have done, by version.
  var shadowed: [Int: ShadowSums] = [:]
  /// Why a shadow could not answer.
  var shadowFailure: String?

  /// Messages of a task that wait for their images.
  struct Postponed {
    fileprivate(set) var places: [Int] = []
    /// How long, at most.
    fileprivate(set) var wait = Duration.zero
    /// What every image of the task meets, where it is that.
    fileprivate(set) var hold: String?
  }

  /// All messages that wait for something.
  var waiting: Set<Int> { Set(held.values.joined()).union(postponed.values.flatMap(\.places)) }

  /// Notes that a message waits for its image.
  mutating func postpone(_ task: String, _ place: Int, _ delay: ImageIntake.Delay) {
    var known = postponed[task] ?? Postponed()
    known.places.append(place)
    known.wait = max(known.wait, delay.wait)
    known.hold = known.hold ?? delay.hold
    postponed[task] = known
  }
}

/// What rejected messages have in common.
struct RejectedKind: Hashable {
  /// Of a task that has a model in force, for what else a producer calls one is its own choice.
  let task: String?
  let fault: String
}

/// How many messages of a batch took which way.
struct RoutedCounts: Equatable {
  var specific = 0
  var learnable = 0
  var intermediate = 0
  var hard = 0
  var audited = 0
  var rejected = 0
  /// Easy ones that were drawn to teach, and whose input, or its image, is too long to be kept.
  var leftOut = 0
}

/// Turns a batch of `samples` into the records that answer it: effects none, memory kept from batch to batch. An actor,
/// so that several route at once, each with its own memory.
/// Not on the cooperative pool, because a model may compute for long.
actor BatchRouter {
  private nonisolated let thread: DedicatedThread
  nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }
  private let topics: Topics
  private let settings: RouterSettings
  private let reader: MessageReader
  let images: ImageIntake
  private let taught: SampleLottery
  private let audit: SampleLottery
  private let scratch = PredictionScratch()
  private let shadow = ShadowObserver()
  /// Bytes that the outcome of a message came to in the last batch: room is made for as many in the next, within bounds,
  /// because one large message says nothing of a thousand others.
  private var bytesPerMessage = 1024

  /// - Parameters:
  ///   - images: others may share it.
  ///   - thread: where it computes; others may share it.
  init(
    topics: Topics, settings: RouterSettings, images: ImageIntake,
    thread: DedicatedThread = DedicatedThread(name: "batch router")
  ) throws {
    self.thread = thread
    self.topics = topics
    self.settings = settings
    self.images = images
    reader = try MessageReader()
    taught = SampleLottery(share: settings.taughtShare, salt: settings.drawSalt ^ 1)
    audit = SampleLottery(share: settings.auditShare, salt: settings.drawSalt ^ 2)
  }

  /// Routes a batch by the table in force.
  /// - Parameter places: of its messages that are to be routed; `nil` for all.
  func route(
    _ batch: ConsumedBatch, _ places: [Int]? = nil, by table: RoutingTable, now: Timestamp
  ) async throws -> RoutedBatch {
    var routed = RoutedBatch(
      outgoing: OutgoingBatch(
        reservingRecords: batch.count, bytes: Self.room(for: batch.count, bytesPerMessage: bytesPerMessage)))
    routed.places.reserveCapacity(batch.count)
    var samples = SamplesByTask()
    if let places {
      for place in places {
        batch.withMessage(at: place) { sort($0, at: place, by: table, now: now, into: &samples, &routed) }
      }
    } else {
      batch.forEach { place, message in sort(message, at: place, by: table, now: now, into: &samples, &routed) }
    }
    for group in samples.groups {
      if group.needs.image {
        try await routePictures(group, of: batch, by: table, now: now, to: &routed)
      } else {
        let looked = Looked(samples: group.samples, places: group.places, inputs: group.samples.map(\.input))
        try route(looked, of: group, by: table, now: now, to: &routed)
      }
    }
    bytesPerMessage = routed.outgoing.byteCount / max(1, batch.count) + 64
    return routed
  }

  /// Room for the outcome of so many messages, in bytes.
  static func room(for count: Int, bytesPerMessage: Int) -> Int { min(count * bytesPerMessage, Consumer.largestBatch) }

  private func sort(
    _ message: borrowing ConsumedMessage, at place: Int, by table: RoutingTable, now: Timestamp,
    into samples: inout SamplesByTask, _ routed: inout RoutedBatch
  ) {
    do throws(JSONError) {
      let sample = try read(message, now: now)
      if table.isHeld(sample.task) { return routed.held[sample.task, default: []].append(place) }
      try samples.append(sample, at: place, by: table)
    } catch {
      reject(message, at: place, error, by: table, now: now, to: &routed)
    }
  }

  private func read(_ message: borrowing ConsumedMessage, now: Timestamp) throws(JSONError) -> Sample {
    var sample = try reader.read(message, as: Sample.self)
    if !reader.replacedFields.isEmpty { try sample.note(replaced: reader.replacedFields) }
    try sample.check(
      maximumTextBytes: settings.maximumTextBytes, maximumImageBytes: images.maximumBytes, now: now)
    return sample
  }

  func reject(
    _ message: borrowing ConsumedMessage, at place: Int, _ error: JSONError, by table: RoutingTable, now: Timestamp,
    to routed: inout RoutedBatch
  ) {
    let rejection = reader.rejection(of: message, reason: error.description, now: now)
    let task = rejection.task.flatMap { table.cascades[$0] == nil ? nil : $0 }
    routed.rejected[RejectedKind(task: task, fault: error.kind), default: 0] += 1
    routed.counts.rejected += 1
    routed.places.append(place)
    routed.outgoing.append(rejection, of: message, to: topics.rejected)
  }

  /// Small rejections of messages whose outcome is too large for the broker.
  /// - Parameter records: positions in what was routed.
  func rejections(ofTooLarge records: [Int], in routed: RoutedBatch, of batch: ConsumedBatch, now: Timestamp)
    -> OutgoingBatch
  {
    var outgoing = OutgoingBatch()
    for record in records {
      // An easy sample under audit has its answer, the record before.
      let place = routed.places[record]
      if record > 0, routed.places[record - 1] == place { continue }
      let reason = routed.outgoing.reason(ofTooLarge: record, rejected: topics.rejected)
      batch.withMessage(at: place) { message in
        let small = reader.rejection(of: message, reason: reason, maximumPayload: Rejection.smallPayload, now: now)
        outgoing.append(small, of: message, to: topics.rejected)
      }
    }
    return outgoing
  }

  /// Samples of a task, with what its models see of them.
  struct Looked {
    let samples: [Sample]
    /// Where each stands in the batch.
    let places: [Int]
    let inputs: [Input]
    /// What their images decode to; empty where no model looks at pictures.
    var pictures: [Picture] = []
  }

  /// Lets the models answer, and their shadows beside them.
  func route(
    _ looked: Looked, of group: SamplesByTask.Group, by table: RoutingTable, now: Timestamp,
    to routed: inout RoutedBatch
  ) throws {
    routed.samples[group.task, default: 0] += looked.samples.count
    let audited = routed.counts.audited
    defer { routed.audits[group.task, default: 0] += routed.counts.audited - audited }
    switch group.cascade {
    case .labels(let cascade):
      let shunted = try cascade.shunt(looked.inputs, pictures: looked.pictures, scratch: scratch)
      publish(looked, DecidedLabels(cascade: cascade, shunted: shunted), now: now, to: &routed)
      observe(table.shadows[group.task], looked, of: group, beside: cascade, shunted, to: &routed)
    case .captions(let cascade):
      let captioned = try cascade.shunt(looked.inputs, pictures: looked.pictures, scratch: scratch)
      publish(looked, DecidedCaptions(stages: cascade.stages, captioned: captioned), now: now, to: &routed)
    }
  }

  private func observe(
    _ shadows: [ShadowCascade]?, _ looked: Looked, of group: SamplesByTask.Group, beside cascade: SmallModelCascade,
    _ shunted: ClassifiedBatch, to routed: inout RoutedBatch
  ) {
    guard let shadows else { return }
    do {
      let seen = try shadow.observe(shadows, looked, beside: cascade, shunted)
      for (model, sums) in seen { routed.shadowed[model, default: ShadowSums()] += sums }
    } catch {
      routed.shadowFailure = "task \(group.task): \(error)"
    }
  }

  private func publish(
    _ looked: Looked, _ decided: some DecidedBatch, now: Timestamp, to routed: inout RoutedBatch
  ) {
    for (index, sample) in looked.samples.enumerated() {
      routed.places.append(looked.places[index])
      switch decided.decisions[index] {
      case .easy(let stage, let confidence):
        let answer = answer(sample, index, confidence, stage, decided, now)
        publish(answer, to: &routed)
        if answer.input != sample.input, taught.draws(sample.id) { routed.counts.leftOut += 1 }
        if audit.draws(sample.id) {
          let audited = HardSample.Audited(answeredBy: answer.answeredBy, reply: answer.reply)
          routed.places.append(looked.places[index])
          routed.outgoing.append(hard(sample, index, decided, now, audited: audited), to: topics.hard)
          routed.counts.audited += 1
        }
      case .hard:
        routed.outgoing.append(hard(sample, index, decided, now, audited: nil), to: topics.hard)
        routed.counts.hard += 1
      }
    }
  }

  private func answer(
    _ sample: Sample, _ index: Int, _ confidence: Float, _ stage: Int, _ decided: some DecidedBatch, _ now: Timestamp
  ) -> Answer {
    let model = decided.stages[stage]
    let (reply, distribution) = decided.answer(ofStage: stage, sample: index)
    var answer = Answer(
      sample: sample, reply: reply, confidence: confidence, answeredBy: model.answeredBy, modelVersion: model.version,
      threshold: model.threshold, distribution: distribution, routedAt: now, answeredAt: now,
      keepsInput: taught.draws(sample.id), longestImage: images.keptBytes)
    answer.isTruncated = scratch.isTruncated[index]
    if stage > 0 { answer.specific = prediction(ofStage: 0, index, decided) }
    return answer
  }

  private func publish(_ answer: Answer, to routed: inout RoutedBatch) {
    switch answer.answeredBy {
    case .specific: routed.counts.specific += 1
    case .learnable: routed.counts.learnable += 1
    case .intermediate: routed.counts.intermediate += 1
    case .large: break
    }
    routed.outgoing.append(answer, to: topics.results)
  }

  private func hard(
    _ sample: Sample, _ index: Int, _ decided: some DecidedBatch, _ now: Timestamp, audited: HardSample.Audited?
  ) -> HardSample {
    let predictions = decided.stages.indices.compactMap { prediction(ofStage: $0, index, decided) }
    return HardSample(sample: sample, predictions: predictions, routedAt: now, audited: audited)
  }

  private func prediction(ofStage stage: Int, _ index: Int, _ decided: some DecidedBatch) -> Prediction? {
    decided.belief(ofStage: stage, sample: index).map { belief in
      let model = decided.stages[stage]
      return Prediction(
        model: model.answeredBy, version: model.version, threshold: model.threshold, belief: belief)
    }
  }
}
