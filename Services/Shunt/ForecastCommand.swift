import ArgumentParser
import Datasets
import Encoders
import Evaluation
import Foundation
import LargeModel
import Operations
import SmallModel
import Tasks
import Terminal

/// `shunt forecast`
struct ForecastCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "forecast", abstract: "Says what streaming a file through a task would take, and asks nothing.",
    discussion: """
      Draws some rows of the file, sees which of them the small models in the task's folder are unsure of, and writes the
      questions that the large model would be asked about those: tokens, money by the task's prices, and the time that its
      limits a minute take. Beside it stands what asking about every row would take. Takes what 'shunt produce' takes:
      files of texts, pictures or both, a folder of pictures, CIFAR-100's binary file.

        shunt forecast reviews.csv --task examples/imdb --text-field body
        shunt forecast photos --task animals --sample 200 --json

      Where the task has no small model yet, the large model answers everything, and so it is counted. Tokens are counted
      by bytes: a token of English has about four, which is likely; at most it has three.
      """)

  @Argument(help: "A file, - for standard input, or a folder of pictures.")
  var file: String

  @OptionGroup var task: TaskOption

  @Option(name: .long, help: "So many rows are looked at, at most, drawn from all of the file.")
  var sample = 1000

  @Flag(name: .long, help: "Print JSON instead of a table.")
  var json = false

  @OptionGroup(title: "Rows") var rows: RowsOptions

  func validate() throws {
    guard sample > 0 else { throw ValidationError("--sample is \(sample); give 1 or more") }
  }

  func run() async throws {
    let models = try ForecastModels(task)
    let survey = try await models.survey()
    let drawn = try draw()
    let traits = models.definition.largeModel.traits
    let forecast = StreamForecast(rows: drawn.count, looked: try look(at: drawn.kept, survey), traits: traits)
    guard json else {
      return StandardOutput.say(ForecastText(forecast, models: models, hasPictures: drawn.hasPictures, of: file))
    }
    let encoder = JSONEncoder()
    encoder.keyEncodingStrategy = .convertToSnakeCase
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
    StandardOutput.say(String(decoding: try encoder.encode(forecast), as: UTF8.self))
  }

  /// In parts, so that one can see how far it is.
  private func look(at rows: [DataRow], _ survey: StreamSurvey) throws -> StreamForecast.Looked {
    let bar = ProgressBar("forecast", total: rows.count, unit: "rows")
    var looked = StreamForecast.Looked()
    for start in stride(from: 0, to: rows.count, by: 64) {
      looked.add(try survey.look(at: Array(rows[start..<min(start + 64, rows.count)])))
      bar.advance(to: looked.count)
    }
    bar.clear()
    return looked
  }

  private func draw() throws -> Reservoir<DataRow> {
    var drawn = Reservoir<DataRow>(capacity: sample, seed: 0)
    switch RowsSource(named: file) {
    case .folder(let url):
      var rules = PictureFolder.Rules()
      rules.badRows = rows.badRows
      let folder = try PictureFolder(url, rules: rules) { StandardError.say("\(file): \($0)") }
      while let row = try folder.next() { drawn.offer(row) }
    case .archive(let url):
      let archive = try CIFAR100File(url, run: nil)
      while let row = try archive.next() { drawn.offer(row) }
    case .file:
      let data = DataFile(named: file, rules: rows.rules)
      var reader = try data.open()
      while let row = try reader.next() { drawn.offer(row) }
      FileNotes.say(reader.tally.notes, of: data.name)
    }
    return drawn
  }
}

extension Reservoir<DataRow> {
  fileprivate var hasPictures: Bool { kept.contains { $0.input.image != nil } }
}

/// What a forecast knows of a task: its folder's small models, and its large model as it would be asked.
struct ForecastModels {
  let definition: TaskDefinition
  /// What of the small models is not ready; `nil` where they are.
  let lack: String?
  private let files: TaskFiles
  private let specific: StoredSmallModel?
  private let hasThreshold: Bool

  /// - Throws: what is wrong with the task or its models.
  init(_ option: TaskOption) throws {
    definition = try option.definition()
    files = option.files
    let hasFile = FileManager.default.fileExists(atPath: files.specific.path)
    specific = hasFile ? try StoredSmallModel(contentsOf: files.specific) : nil
    guard hasFile || definition.needsNoSmallModel else {
      throw CommandError(
        "task \(definition.name) names no labels (task.labels in its task.json), and has no small model that does")
    }
    hasThreshold = specific?.card.thresholds[ModelCard.shuntThreshold] != nil
    lack =
      switch (hasFile, hasThreshold) {
      case (_, true): nil
      case (true, false): "the small model has no threshold yet ('shunt calibrate'), so everything counts as hard"
      case (false, false): "there is no small model yet, so the large model answers everything"
      }
  }

  func survey() async throws -> StreamSurvey {
    switch definition.reply {
    case .caption:
      let captioner = try specific.map { try CaptionerArtifact($0, name: files.specific.path) }
      let stages: [CaptionScoring.Stored] = hasThreshold ? captioner.map { [(.specific, $0)] } ?? [] : []
      return try StreamSurvey(definition, captioners: stages, server: try await server(labels: []))
    case .label:
      let classifier = try specific.map { try SmallModelArtifact($0, name: files.specific.path) }
      let labels = classifier?.card.labels ?? definition.labels
      var stages: [SmallModelCascade.Stored] = []
      if hasThreshold, let classifier {
        stages.append((.specific, classifier))
        if FileManager.default.fileExists(atPath: files.intermediate.path) {
          stages.append((.intermediate, try SmallModelArtifact(contentsOf: files.intermediate)))
        }
      }
      return try StreamSurvey(definition, labels: labels, stages: stages, server: try await server(labels: labels))
    }
  }

  /// The large model, where it is a server. Nothing is sent to it, so it needs no key.
  private func server(labels: [String]) async throws -> (any ServedLargeModel)? {
    guard definition.largeModel.traits.isServer else { return nil }
    var unarmed = definition
    (unarmed.largeModel.server.keyVariable, unarmed.largeModel.server.headers) = (nil, [:])
    return try await LargeModelFactory(models: ModelsFolder(), environment: [:]).make(unarmed, labels: labels).server
  }
}
