import Datasets
import Foundation
import Tasks

/// The experiments that one command runs from raw files to figures.
public enum Experiment: String, Sendable, CaseIterable {
  /// 150 intents, long-tailed; the large model is zero-shot.
  case clinc150 = "clinc150-lt"
  /// Sentiment of reviews in 16 domains; the large model is a linear head.
  case reviews16
  /// 77 intents; the large model is a recording of a GPT model.
  case banking77
  /// Debian package descriptions; the large model is a linear head.
  case debianSections = "debian-sections"
  /// Sentiment of film reviews; the large model is a recording of a GPT model.
  case imdb
  /// Pictures of 100 classes, long-tailed; the large model is a linear head on an image encoder.
  case cifar100 = "cifar100-lt"
  /// Captions of photographs; the large model is a larger captioner that is trained on other pictures.
  case flickr8k

  /// Whether captions are replied, and not labels.
  public var repliesWithCaptions: Bool { self == .flickr8k }
}

/// The rows of one experiment, by their use. No row has two uses, except where `heldOut` also decides when to stop.
public struct ExperimentData: Sendable {
  /// Labelled rows for the small model.
  public var training: [DataRow]
  /// Labelled rows for early stopping, temperature and threshold.
  public var heldOut: [DataRow]
  /// Labelled rows for the large model's head, or captioned ones for a large captioner.
  public var head: [DataRow] = []
  /// Labelled rows to score on.
  public var test: [DataRow]
  /// Head, medium or tail by label.
  public var regions: [String: String] = [:]
  /// The stream that a producer pushes, where the experiment has one.
  public var stream: [DataRow] = []
  /// All labels that rows have, sorted: a rare one need not be among the rows trained on.
  public var labels: [String] { (training + heldOut + head + test + stream).labels }
  /// Rows that no label fits.
  public var outOfScope: [DataRow] = []
  /// How the small model learns from the stream, where there is one.
  public var distillation = DistillationPlan()
  /// Rows with the large model's recorded answers.
  public var recording: [DataRow]?

  /// Reads an experiment's rows.
  /// - Parameters:
  ///   - folder: holds a folder for each data set (`clinc150-lt/` …).
  ///   - seed: of the splits that the data do not come with.
  ///   - answerField: the field of a row with what a large model answered.
  /// - Throws: `DatasetError` naming file, line and field.
  public init(
    _ experiment: Experiment, folder: URL, seed: UInt64, answerField: String = DataFields().recordedAnswer
  ) throws {
    var rules = ReadingRules()
    rules.fields.recordedAnswer = answerField
    func rows(_ name: String) throws -> [DataRow] {
      try DataFile(folder.appendingPathComponent("\(experiment.rawValue)/\(name).jsonl"), rules: rules).filledRows()
    }
    switch experiment {
    case .clinc150:
      self.init(training: try rows("train"), heldOut: try rows("validation"), test: try rows("test"))
      regions = try Self.regions(folder.appendingPathComponent("clinc150-lt/classes.json"))
      stream = try rows("stream")
      outOfScope = try rows("out-of-scope")
    case .cifar100:
      self.init(training: try rows("train"), heldOut: try rows("validation"), test: try rows("test"))
      regions = try Self.regions(folder.appendingPathComponent("cifar100-lt/classes.json"))
      head = try rows("support")
      stream = try rows("stream")
      // At no more than 45 % queries. A head takes 25 passes, not the 100 of the small model's own training.
      (distillation.rounds, distillation.queryBudget, distillation.epochs) = ([0.6, 1.0], 0.42, 25)
    case .flickr8k:
      self.init(training: try rows("train"), heldOut: try rows("validation"), test: try rows("test"))
      head = try rows("large-train")
      stream = try rows("stream")
      // At no more than 45 % queries; a few passes, for S2 starts from S1.
      (distillation.rounds, distillation.queryBudget, distillation.epochs) = ([0.6, 1.0], 0.42, nil)
    case .reviews16:
      let train = try rows("train").shuffled(seed: seed)
      self.init(training: Array(train.dropFirst(2400)), heldOut: Array(train.prefix(2400)), test: try rows("test"))
      head = training
    case .banking77:
      // Only the test rows have recorded answers, so some of them are held out to choose the threshold on.
      let test = try rows("test").shuffled(seed: seed)
      let training = try rows("train").shuffled(seed: seed).split(perLabel: 20).taken
      self.init(training: training, heldOut: Array(test.prefix(1000)), test: Array(test.dropFirst(1000)))
      recording = test
    case .imdb:
      self.init(training: try rows("train"), heldOut: try rows("validation"), test: try rows("test"))
      stream = try rows("stream")
      recording = heldOut + test + stream
      // The small model of a text task has few epochs, and at no more than 20 % queries.
      (distillation.rounds, distillation.queryBudget) = ([0.6, 1.0], 0.19)
    case .debianSections:
      try self.init(debianSections: DebianSections.rows(), seed: seed)
    }
  }

  /// The split of the Debian sections: 2,000 labelled for the small model, 3,000 held out, 24,000 for the head, and the
  /// rest to be streamed, of which the first 6,000 are scored offline.
  /// - Throws: `DatasetError` where there are too few rows.
  public init(debianSections rows: [DataRow], seed: UInt64) throws {
    guard rows.count >= 35_000 else {
      throw DatasetError(
        "\(rows.count) package descriptions are too few, 35,000 are needed: run 'apt-get update' as root")
    }
    let rows = rows.shuffled(seed: seed)
    let rest = Array(rows.dropFirst(29_000))
    self.init(training: Array(rows.prefix(2000)), heldOut: Array(rows[2000..<5000]), test: Array(rest.prefix(6000)))
    head = Array(rows[5000..<29_000])
    stream = rest
  }

  /// As many of the head's rows as a task wants.
  public func headRows(of task: TaskDefinition) -> [DataRow] {
    Array(head.prefix(task.largeModel.headTexts == 0 ? .max : task.largeModel.headTexts))
  }

  /// The same uses with few rows: a run of minutes that shows whether all is well, whose figures say nothing.
  public var quick: ExperimentData {
    var quick = self
    /// So many of each label; of rows without labels as if there were ten.
    func few(_ rows: [DataRow], perLabel count: Int) -> [DataRow] {
      rows.labels.isEmpty ? Array(rows.prefix(10 * count)) : rows.split(perLabel: count).taken
    }
    quick.training = few(training, perLabel: 20)
    quick.heldOut = few(heldOut, perLabel: 5)
    quick.head = few(head, perLabel: 5)
    quick.test = few(test, perLabel: 5)
    quick.stream = Array(stream.prefix(training.labels.isEmpty ? 100 : 1000))
    quick.outOfScope = Array(outOfScope.prefix(100))
    quick.distillation.epochs = nil
    return quick
  }

  private init(training: [DataRow], heldOut: [DataRow], test: [DataRow]) {
    self.training = training
    self.heldOut = heldOut
    self.test = test
  }

  /// `[{"label": "…", "train_count": 7, "region": "tail"}, …]`
  private static func regions(_ url: URL) throws -> [String: String] {
    struct Entry: Decodable {
      let label: String
      let region: String
    }
    do {
      let entries = try JSONDecoder().decode([Entry].self, from: Data(contentsOf: url))
      return Dictionary(entries.map { ($0.label, $0.region) }, uniquingKeysWith: { first, _ in first })
    } catch { throw DatasetError("\(url.path) is not a JSON list of labels with a region each: \(error)") }
  }
}
