import Cascade
import Settings
import SmallModel

/// What the distiller is told; section `distiller`.
public struct DistillerSettings: Sendable {
  /// How often it looks for a reason to start a round, beside being notified; key `check_interval`.
  public var checkInterval: Duration = .seconds(10)
  /// One object a task; key `tasks`.
  public var tasks: [TaskDistillation]

  /// Settings in code.
  public init(tasks: [TaskDistillation]) { self.tasks = tasks }

  /// Reads section `distiller`.
  public init(_ reader: SettingsReader) {
    checkInterval = reader.duration("check_interval", default: .seconds(10), in: .milliseconds(100)...(.seconds(3600)))
    let tasks = reader.section("tasks")
    self.tasks = tasks.names.map { TaskDistillation(tasks.section($0), task: $0) }
    if self.tasks.isEmpty { reader.refuse("tasks", because: "must have one object a task, with its held_out file") }
  }
}

/// How one task is distilled.
public struct TaskDistillation: Sendable {
  /// The task's name.
  public var task: String
  /// The file of held-out samples; key `held_out`.
  public var heldOut: String
  /// A file of labelled training rows, as a third source; key `labelled`.
  public var labelled: String?
  /// The newest stored answers that a round reads, at most; key `window`.
  public var window = 50_000
  /// When a round starts; keys `interval`, `new_answers`, `least_answers`, `pause`, `on_drift`.
  public var policy = RoundPolicy()
  /// How S2 is trained and judged.
  public var round = Distillation.Rule()
  /// What is asked of a candidate in the shadow; keys `gate.shadow_samples`, `gate.shadow_agreement`.
  public var shadow = ShadowGate.Rule()
  /// What counts as drift; section `drift`.
  public var drift = DriftWatch.Rule()
  /// The newest samples that drift is looked for in, of those that are answered; key `drift.window`.
  public var driftWindow = 2000

  /// A task in code.
  public init(task: String, heldOut: String) {
    self.task = task
    self.heldOut = heldOut
  }

  /// Reads `distiller.tasks.<task>`.
  init(_ reader: SettingsReader, task: String) {
    self.task = task
    heldOut = reader.requiredText("held_out")
    labelled = reader.text("labelled")
    window = reader.integer("window", default: window, in: 1...10_000_000)
    readPolicy(reader)
    readTeacher(reader)
    readTraining(reader)
    round.threshold = Self.threshold(reader)
    readGate(reader.section("gate"))
    readDrift(reader.section("drift"))
  }

  private mutating func readPolicy(_ reader: SettingsReader) {
    let spans: ClosedRange<Duration> = .zero...(.seconds(31_536_000))
    policy.intervalMilliseconds = reader.duration("interval", in: spans)?.milliseconds
    policy.newAnswers = reader.integer("new_answers", in: 1...1_000_000_000)
    policy.leastAnswers = reader.integer("least_answers", default: policy.leastAnswers, in: 1...1_000_000_000)
    policy.pauseMilliseconds =
      reader.duration("pause", default: .milliseconds(policy.pauseMilliseconds), in: spans).milliseconds
    policy.onDrift = reader.choice("on_drift", default: policy.onDrift)
  }

  private mutating func readTeacher(_ reader: SettingsReader) {
    round.start = reader.choice("start_from", default: round.start)
    round.largeThreshold = Float(reader.number("large_threshold", default: Double(round.largeThreshold), in: 0...1))
    round.perLabel = reader.integer("per_label", default: round.perLabel, in: 1...10_000_000)
    round.perCategory = reader.integer("per_category", default: round.perCategory, in: 1...10_000_000)
    round.streamHoldOut = StreamHoldOut(
      share: reader.number("stream_hold_out", default: round.streamHoldOut.share, in: 0...1))
  }

  private mutating func readTraining(_ reader: SettingsReader) {
    round.training.epochs = reader.integer("epochs", default: round.training.epochs, in: 1...100_000)
    round.training.batchSize = reader.integer("batch_size", default: round.training.batchSize, in: 1...1_000_000)
    round.training.learningRate = reader.number(
      "learning_rate", default: round.training.learningRate, in: 1e-6...10)
    round.training.dropout = reader.number("dropout", default: round.training.dropout, in: 0...0.99)
    round.training.threads = reader.integer("threads", default: 1, in: 1...1024)
    round.training.seed = UInt64(reader.integer("seed", default: 0, in: 0...Int.max))
  }

  /// At most one of `query_budget`, `accuracy_floor` and `easy_error` (with `easy_error_alpha`); without, the best
  /// accuracy.
  private static func threshold(_ reader: SettingsReader) -> ThresholdRule {
    let budget = reader.number("query_budget", in: 0...1)
    let floor = reader.number("accuracy_floor", in: 0...1)
    let error = reader.number("easy_error", in: 0...1)
    let alpha = reader.number("easy_error_alpha", default: 0.05, in: 0.0001...0.5)
    let rules = [
      budget.map { ThresholdRule.queryBudget(Float($0)) }, floor.map { ThresholdRule.accuracyFloor(Float($0)) },
      error.map { ThresholdRule.riskControlled(error: Float($0), alpha: Float(alpha)) },
    ].compactMap { $0 }
    if rules.count > 1 {
      reader.refuse("query_budget", because: "excludes accuracy_floor and easy_error; set one of the three")
    }
    return rules.first ?? .bestAccuracy
  }

  private mutating func readGate(_ reader: SettingsReader) {
    let gate = round.gate
    round.gate.leastSamples = reader.integer("least_samples", default: gate.leastSamples, in: 1...10_000_000)
    round.gate.accuracyMargin = reader.number("accuracy_margin", default: gate.accuracyMargin, in: 0...1)
    round.gate.accuracyTolerance = reader.number("accuracy_tolerance", default: gate.accuracyTolerance, in: 0...1)
    round.gate.groupSamples = reader.integer("group_samples", default: gate.groupSamples, in: 1...10_000_000)
    round.gate.groupMargin = reader.number("group_margin", default: gate.groupMargin, in: 0...1)
    shadow.samples = reader.integer("shadow_samples", default: shadow.samples, in: 0...1_000_000_000)
    shadow.agreement = reader.number("shadow_agreement", default: shadow.agreement, in: 0...1)
    round.gate.calibrationMargin = reader.number("calibration_margin", default: gate.calibrationMargin, in: 0...1)
  }

  private mutating func readDrift(_ reader: SettingsReader) {
    driftWindow = reader.integer("window", default: driftWindow, in: 1...1_000_000)
    drift.leastSamples = reader.integer("least_samples", default: drift.leastSamples, in: 1...1_000_000)
    drift.leastAudited = reader.integer("least_audited", default: drift.leastAudited, in: 1...1_000_000)
    drift.labelMix = reader.number("label_mix", default: drift.labelMix, in: 0...10)
    drift.confidence = reader.number("confidence", default: drift.confidence, in: 0...1)
    drift.agreement = reader.number("agreement", default: drift.agreement, in: 0...1)
  }
}

extension Duration {
  /// Whole milliseconds, rounded down.
  fileprivate var milliseconds: Int64 { components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000 }
}
