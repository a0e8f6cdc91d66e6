import Cascade
import Classification
import Content
import Foundation
import Settings
import SmallModel

/// One problem as its owner describes it: `task.json` in a folder of its own.
///
/// Everything but the name has a default; unknown keys are refused. `examples/` has one a data set.
public struct TaskDefinition: Sendable {
  /// The task's name, as samples carry it.
  public var name: String
  /// What it answers with.
  public var reply: Reply.Kind
  /// The labels, in the order of the classes; empty: those of the training data, sorted, or none where it answers with
  /// captions.
  public var labels: [String]
  /// What a label means, for large models; labels without one are described by their name.
  public var descriptions: [String: String]
  /// What its samples hold for its models to read; `nil` where neither it nor its small model's settings tell.
  public var reads: Set<Input.Kind>?
  /// How the small model is built and trained.
  public var smallModel: any NetworkRecipe
  /// How the small model is built and trained of a task that answers with captions; `nil` for one with labels.
  public var captioner: (any CaptionerRecipe)?
  /// How the large captioner is built and trained, where that is one of one's own.
  public var largeCaptioner: (any CaptionerRecipe)?
  /// How a further small model, between it and the large one, is built and trained; `nil` for none.
  public var intermediateModel: (any NetworkRecipe)?
  /// How S2 is built and trained where it is a network of its own; `nil`: it is a copy of the small model.
  public var learnableModel: (any NetworkRecipe)?
  /// Which large model answers what is hard.
  public var largeModel: LargeModelSettings
  /// How the shunt threshold is chosen.
  public var threshold: ThresholdRule
  /// How the prompt is pruned.
  public var pruning: PruningSettings

  /// Reads `task.json` in `folder`.
  /// - Throws: `SettingsError` with everything that is wrong in it.
  public init(folder: URL) throws {
    self = try TaskDocument(folder: folder).definition()
  }

  /// Reads a task's settings.
  /// - Throws: `SettingsError` with everything that is wrong in them.
  public init(json: String, name: String = "task.json") throws {
    let sources = try SettingsSources(json: json, name: name, sections: nil)
    self = try sources.read { TaskDefinition($0) }.value
  }

  /// What `task.json` may hold.
  public static var reference: SettingsReference { SettingsReference { _ = TaskDefinition($0) } }

  private init(_ reader: SettingsReader) {
    let task = reader.section("task")
    (name, reply, labels) = ("", .label, [])
    task.require("name", &name, .filledText, help: "The task's name, as samples carry it.")
    task.read(
      "reply", &reply, .choice,
      help:
        "What is answered: `label`, one of the task's labels; `caption`, a sentence about the input, without labels.")
    task.read(
      "labels", &labels, .list,
      help: "The labels, in the order of the classes; unset, those of the training data, sorted.")
    descriptions = task.map(
      "descriptions", isSecret: { _ in false },
      help: "What a label means, for large models; labels without one are described by their name.")
    let kinds = Self.kinds(task)
    let small = reader.section("small_model")
    switch reply {
    case .label:
      smallModel = Architecture.recipe(small, default: .textCNN)
      reads = kinds ?? smallModel.reads
    case .caption:
      (smallModel, captioner) = (TextCNNRecipe(), Architecture.captionerRecipe(small, default: .captioner))
      reads = kinds ?? [.image]
    }
    let between = reader.section("intermediate_model")
    let recipe = Architecture.recipe(between, default: .encoderHead)
    intermediateModel = between.isMentioned ? recipe : nil
    learnableModel = Self.learnableModel(reader.section("learnable_model"), reads: reads)
    largeModel = LargeModelSettings(
      reader.section("large_model"), reply: reply, labels: labels, descriptions: descriptions)
    if largeModel.traits.needsCaptioner {
      largeCaptioner = Architecture.captionerRecipe(
        reader.section("large_model").section("captioner"), default: .transformerCaptioner)
    }
    threshold = ThresholdRule(reader.section("threshold"), default: .nearBest)
    // A model that reads the probabilities in its prompt has weighed them in already.
    let form: PruningSettings.SoftForm = largeModel.traits.readsProbabilities ? .text : .product
    pruning = PruningSettings(reader.section("pruning"), form: form)
    if reply == .caption { refuseWhatIsOfLabels(reader) }
  }
}

extension TaskDefinition {
  /// Whether it names its labels itself.
  public var namesLabels: Bool { labels.count > 1 }

  /// Whether it can begin without a small model, which names the labels where the task does not.
  public var needsNoSmallModel: Bool { reply == .caption || namesLabels }

  /// What settings say that samples hold; `nil` where they leave it to the small model.
  private static func kinds(_ task: SettingsReader) -> Set<Input.Kind>? {
    var names: [String] = []
    let known = Input.Kind.allCases.map(\.rawValue).joined(separator: ", ")
    task.read(
      "reads", &names, .list,
      help:
        "What its samples hold for its models to read: \(known), or both; unset, what the small model's architecture "
        + "reads.")
    for name in names where Input.Kind(rawValue: name) == nil {
      task.refuse("reads", because: "\(name.debugDescription) is none of \(known)")
    }
    return names.isEmpty ? nil : Set(names.compactMap(Input.Kind.init))
  }

  /// - Parameter samples: what samples hold, where that is known.
  private static func learnableModel(
    _ section: SettingsReader, reads samples: Set<Input.Kind>?
  ) -> (any NetworkRecipe)? {
    let recipe = Architecture.recipe(section, default: .encoderHead)
    guard section.isMentioned else { return nil }
    if let samples, let needed = recipe.reads?.subtracting(samples), !needed.isEmpty {
      section.refuse(
        "architecture",
        because:
          "this network reads \(words(needed)), and the task's samples hold \(words(samples)): name one that reads "
          + "those, or say in task.reads what samples hold")
    }
    return recipe
  }

  /// Why its large model can be asked about none of its samples; `nil` where it can, and where nobody knows before.
  public var unreadableInputs: String? {
    let model = largeModel.traits.reads
    guard let reads, reads.isDisjoint(with: model) else { return nil }
    let (samples, read) = (Self.words(reads), Self.words(model))
    return
      "its samples hold \(samples) (task.reads), and its large model reads \(read): name one that reads \(samples) in "
      + "large_model.kind"
  }

  private static func words(_ kinds: Set<Input.Kind>) -> String {
    kinds.map { "\($0.rawValue)s" }.sorted().joined(separator: " and ")
  }
}

/// Section `pruning` of a task.
public struct PruningSettings: Sendable, Equatable {
  /// Which pruning is used; `nil` leaves the choice to calibration, and it comes with the small model's version.
  public var chosenMode: PruningMode?
  /// Which pruning is used where calibration has chosen none.
  public var mode: PruningMode {
    get { chosenMode ?? .none }
    set { chosenMode = newValue }
  }
  /// How the small model's probabilities take part where the mode is soft or both.
  public enum SoftForm: String, Sendable, CaseIterable {
    /// Multiplied with the large model's, the small model's prior divided out.
    case product
    /// As text in the prompt of a large model that reads one: "{label} with probability {p}".
    case text
  }

  /// How the small model's probabilities take part where the mode is soft or both.
  public var form: SoftForm
  /// How strongly the small model weighs in a product; 1 as in the paper's product.
  public var weight: Float
  /// Which candidates a hard prompt removes.
  public var hard: HardPrompt.Rule

  private enum Name: String, CaseIterable { case none, soft, hard, both, auto }

  /// - Parameter form: the default.
  init(_ reader: SettingsReader, form: SoftForm) {
    (self.form, weight, hard) = (form, 1, HardPrompt.Rule())
    var name = Name.none
    reader.read(
      "mode", &name, .choice,
      help:
        "`none`; `soft`: the small model's probabilities take part; `hard`: candidates that the small model is good at "
        + "and holds improbable are removed; `both`; `auto`: what calibration chose comes with the model's version.")
    chosenMode = PruningMode(rawValue: name.rawValue)
    reader.read(
      "form", &self.form, .choice,
      help:
        "How soft works: `product`, multiplied with what the large model answers, the small one's prior divided out; "
        + "`text`, in the prompt of one that reads it (its default for `chat_completions` and `clip`).")
    reader.read(
      "weight", &weight, .number(in: 0...10), help: "How strongly the small model weighs in a product.")
    readHard(reader)
  }

  private mutating func readHard(_ reader: SettingsReader) {
    reader.read(
      "recall", &hard.recall, .number(in: 0...1),
      help: "Recall on held-out data at or above which the small model is good at a class.")
    reader.read("precision", &hard.precision, .number(in: 0...1), help: "Precision likewise.")
    reader.read(
      "improbable", &hard.improbable, .number(in: 0...1),
      help: "The probability below which the small model holds a candidate improbable.")
    reader.read(
      "keeps_at_least", &hard.keepsAtLeast, .integer(in: 1...1000),
      help: "So many of the most probable candidates stay.")
  }
}
