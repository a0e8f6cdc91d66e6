import ArgumentParser
import Datasets
import Deployment
import Foundation
import Messages
import Terminal
import WorkerRuntime

/// `shunt produce`
struct ProduceCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "produce", abstract: "Pushes rows of a file, or of standard input, into the stream as samples.",
    discussion: """
      JSON Lines, or CSV with a header line. Any other Kafka client does as well: a sample is a JSON object with id,
      task and text in topic samples, its key the id.

        shunt produce reviews.csv --task reviews --text-field body --rate 200
        cat rows.jsonl | shunt produce - --task sections
      """)

  @Argument(help: "A .jsonl or .csv file, or - for JSON Lines on standard input.")
  var file: String

  @Option(name: .long, help: "The task that the samples belong to.")
  var task: String

  @Option(name: .long, help: "Samples a second, at most. (default: as fast as the broker takes them)")
  var rate: Double?

  @Option(name: .long, help: "The field with the id.")
  var idField: String = "id"

  @Option(name: .long, help: "The field with the text.")
  var textField: String = "text"

  @Option(name: .long, help: "The field with the true label, where there is one.")
  var labelField: String = "label"

  @Option(name: .long, help: "The field with the category, where there is one.")
  var categoryField: String = "category"

  @Option(name: .long, help: "The broker's address, in place of the settings'.")
  var brokers: String?

  @OptionGroup var settings: SettingsOption

  func validate() throws {
    if let rate, rate <= 0 { throw ValidationError("--rate is \(rate); it must be above 0") }
  }

  func run() async throws {
    var shared = try settings.deployment()
    if let brokers { shared.kafka.brokers = brokers }
    let rows = try read()
    let bar = ProgressBar("produce", total: rows.count, unit: "samples")
    let producer = StreamProducer(
      kafka: shared.kafka, topic: shared.topics.samples, pace: StreamProducer.Pace(rate: rate))
    try await producer.push(
      rows.lazy.map { row in
        Sample(
          id: row.id, task: task, text: row.text, category: row.category, label: row.label, producedAt: .now)
      }
    ) { bar.advance(to: $0) }
    bar.finish()
  }

  private func read() throws -> [DataRow] {
    var fields = DataFields()
    fields.id = idField
    fields.text = textField
    fields.label = labelField
    fields.category = categoryField
    guard file == "-" else { return try DataFile(URL(fileURLWithPath: file), fields: fields).rows() }
    let data = FileHandle.standardInput.readDataToEndOfFile()
    return try DataFile.rows(of: data, name: "standard input", isCSV: false, fields: fields)
  }
}
