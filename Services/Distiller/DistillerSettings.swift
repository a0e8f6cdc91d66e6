import Cascade
import Settings
import SmallModel
import Tasks

/// What the distiller is told; section `distiller`.
public struct DistillerSettings: Sendable {
  package var checkInterval: Duration = .seconds(10)
  /// One object a task in section `tasks`.
  public var tasks: [TaskDistillation]

  /// Settings in code.
  public init(tasks: [TaskDistillation]) { self.tasks = tasks }

  /// Reads section `distiller`.
  public init(_ reader: SettingsReader) {
    tasks = []
    reader.read(
      "check_interval", &checkInterval, .duration(in: .milliseconds(100) ... .seconds(3600)),
      help: "How often it looks for a reason to start a round, beside being notified.")
    tasks = reader.objects("tasks", named: "task").map { TaskDistillation($0.reader, task: $0.name) }
    if tasks.isEmpty { reader.refuse("tasks", because: "must have one object a task") }
  }
}

/// How one task is distilled; what each key means stands where it is read.
public struct TaskDistillation: Sendable {
  /// The task's name.
  public var task: String
  /// `nil`: what the large model answered in the stream judges.
  package var heldOut: String?
  package var labelled: String?
  package var window = 50_000
  /// When a round starts.
  public var policy = RoundPolicy()
  /// How S2 is trained and judged.
  public var round = Distillation.Rule()
  /// What is asked of a candidate in the shadow.
  public var shadow = ShadowGate.Rule()
  /// What counts as drift.
  public var drift = DriftWatch.Rule()
  package var driftWindow = 2000
  /// How the promise of its rule is kept while it runs.
  public var promise = PromiseRule()
  /// How its first small model is learnt, where it begins without one.
  public var first = FirstModel.Rule()
  /// What the task's folder says; `nil` where held-out samples say enough.
  package private(set) var definition: TaskDefinition?
  private var namesThreshold = false

  /// A task in code.
  public init(task: String, heldOut: String?) {
    self.task = task
    self.heldOut = heldOut
    round.streamHoldOut = StreamHoldOut(share: defaultHoldOut)
  }

  /// The task as its folder describes it: how its first small model is trained, and, where settings name no other rule,
  /// how all its thresholds are chosen. What that rule gives away is no fault of a candidate's.
  package func defined(by definition: TaskDefinition) -> TaskDistillation {
    guard self.definition == nil else { return self }
    var task = self
    task.definition = definition
    if !namesThreshold { task.round.threshold = definition.threshold }
    task.round.gate = round.gate.allowing(Double(task.round.threshold.allowedLoss))
    return task
  }

  /// When something is learnt, for people.
  package var plan: String {
    let rounds =
      policy.newAnswers.map { "a round of task \(task) after each \($0) answers" } ?? "rounds of task \(task)"
    guard let definition else { return rounds }
    return "\(rounds), and its first small model after \(first.answersNeeded(labels: definition.labels.count))"
  }

  /// Where nothing else judges, the threshold is chosen on it, too.
  private var defaultHoldOut: Double { heldOut == nil ? 0.3 : 0.2 }

  /// Reads `distiller.tasks.<task>`.
  init(_ reader: SettingsReader, task: String) {
    self.init(task: task, heldOut: nil)
    reader.read(
      "held_out", &heldOut, .filledText,
      help: "The file of held-out samples that candidates are judged by. Unset, a task of `tasks.folders` that names "
        + "its labels is judged by what the large model answered before it had a small model, and may begin without.")
    reader.read("labelled", &labelled, .filledText, help: "A file of labelled training rows, as a third source.")
    reader.read(
      "window", &window, .integer(in: 1...10_000_000), help: "The newest stored answers that a round reads, at most.")
    readPolicy(reader)
    readTeacher(reader)
    round.training.readSteps(reader)
    reader.again.read("epochs", &round.captionEpochs, .integer(in: TrainingSettings.Ranges.epochs), help: "")
    reader.again.read(
      "learning_rate", &round.captionLearningRate, .number(in: TrainingSettings.Ranges.learningRate), help: "")
    namesThreshold = reader.section("threshold").isMentioned
    round.threshold = ThresholdRule(reader.section("threshold"), default: .bestAccuracy)
    readFirst(reader.section("first"))
    readGate(reader.section("gate"))
    readShadow(reader.section("gate"))
    readDrift(reader.section("drift"))
    readPromise(reader.section("promise"))
  }

  private mutating func readPolicy(_ reader: SettingsReader) {
    let spans = SettingRule<Duration>.duration(in: .zero ... .seconds(31_536_000))
    reader.read("interval", &policy.interval, spans, help: "A round at least this often; unset, not by schedule.")
    reader.read(
      "new_answers", &policy.newAnswers, .integer(in: 1...1_000_000_000),
      help: "A round as soon as so many answers are new; unset, not by number.")
    reader.read(
      "least_answers", &policy.leastAnswers, .integer(in: 1...1_000_000_000),
      help: "Fewer new answers than this teach nothing, so that only a request starts a round.")
    reader.read(
      "pause", &policy.pause, spans, help: "Between a round's end and the next one's start, unless requested.")
    reader.read(
      "on_drift", &policy.onDrift, .choice,
      help: "What a drift alarm starts: `nothing` but itself, a `round`, or a `recalibration` of δ.")
  }

  private mutating func readTeacher(_ reader: SettingsReader) {
    reader.read(
      "start_from", &round.start, .choice,
      help: "Where S2 starts: from the `learnable` in force, or from the `specific` model each time.")
    reader.read(
      "large_threshold", &round.largeThreshold, .number(in: 0...1),
      help: "δ_l: above it the large model teaches; unset, 0.5 of labels and 0 of captions.")
    reader.read(
      "per_label", &round.perLabel, .integer(in: 1...10_000_000),
      help: "Rows a label and stage, at most; captions have no such cap.")
    reader.read(
      "per_category", &round.perCategory, .integer(in: 1...10_000_000), help: "Rows a category and stage, at most.")
    var share: Double?
    reader.read(
      "stream_hold_out", &share, .number(in: 0...1),
      help: "The share of the stream's labelled samples that is kept for the gate, without `held_out` of all that the "
        + "large model answers; unset, 0.2, without `held_out` 0.3.")
    round.streamHoldOut = StreamHoldOut(share: share ?? defaultHoldOut)
  }

  private mutating func readFirst(_ reader: SettingsReader) {
    reader.read(
      "answers", &first.answers, .integer(in: 1...1_000_000_000),
      help: "A task without a small model gets its first one after so many answers of the large model, and where that "
        + "is refused it is tried again after as many more; unset, 25 a label, and 1,000 at least.")
    reader.read(
      "least_share", &first.leastShare, .number(in: 0...1),
      help: "The share of the samples that the first small model must answer by itself: fewer are not worth it.")
  }

  private mutating func readGate(_ reader: SettingsReader) {
    reader.read(
      "least_samples", &round.gate.leastSamples, .integer(in: 1...10_000_000),
      help: "Fewer held-out samples than this are too few.")
    reader.read(
      "accuracy_margin", &round.gate.accuracyMargin, .number(in: 0...1),
      help: "How far the lower end of the interval of the accuracy difference may lie below 0.")
    reader.read(
      "accuracy_tolerance", &round.gate.accuracyTolerance, .number(in: 0...1),
      help: "How far the accuracy difference itself may lie below 0.")
    reader.read(
      "group_samples", &round.gate.groupSamples, .integer(in: 1...10_000_000),
      help: "Fewer samples than this in a group are too few to judge it by itself.")
    reader.read(
      "group_margin", &round.gate.groupMargin, .number(in: 0...1),
      help: "The part of a group's accuracy that it may lose.")
    reader.read(
      "calibration_margin", &round.gate.calibrationMargin, .number(in: 0...1),
      help: "How far the expected calibration error may rise.")
  }

  private mutating func readShadow(_ reader: SettingsReader) {
    reader.read(
      "shadow_samples", &shadow.samples, .integer(in: 0...1_000_000_000),
      help: "Samples that a candidate must have seen in the shadow; 0: it is promoted without one.")
    reader.read(
      "shadow_agreement", &shadow.agreement, .number(in: 0...1),
      help: "The part of the samples that both it and the versions in force answered by a small model on which they "
        + "agree, at least.")
  }

  private mutating func readDrift(_ reader: SettingsReader) {
    reader.read(
      "window", &driftWindow, .integer(in: 1...1_000_000),
      help: "The newest samples that drift is looked for in, of those that are answered.")
    reader.read(
      "least_samples", &drift.leastSamples, .integer(in: 1...1_000_000),
      help: "Fewer samples than this in a window are too few.")
    reader.read(
      "least_audited", &drift.leastAudited, .integer(in: 1...1_000_000),
      help: "Fewer audited samples than this are too few.")
    reader.read(
      "label_mix", &drift.labelMix, .number(in: 0...10),
      help: "The population stability index of the label mix from which on a shift is an alarm.")
    reader.read(
      "confidence", &drift.confidence, .number(in: 0...1), help: "The Kolmogorov–Smirnov distance of the confidences.")
    reader.read(
      "agreement", &drift.agreement, .number(in: 0...1),
      help: "How far the agreement may fall below that on the calibration data.")
  }

  private mutating func readPromise(_ reader: SettingsReader) {
    reader.read(
      "adjust", &promise.adjusts, .flag,
      help:
        "With the rules `parity` and `risk_controlled`: whether δ rises by itself where answers that are judged show "
        + "the promise broken, and falls again where they show that it holds, and whether a version that never kept it "
        + "is rolled back. Without, there is only an alarm.")
    reader.read(
      "run_length", &promise.runLength, .number(in: 100...1_000_000_000),
      help:
        "Where a promise holds, it takes so many judged answers in the mean, at the least, until a false alarm. Less "
        + "is sooner where it does not.")
  }
}
