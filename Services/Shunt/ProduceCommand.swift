import ArgumentParser
import Content
import Datasets
import Foundation
import Kafka
import Messages
import Operations
import Tasks
import Terminal
import WorkerRuntime

/// `shunt produce`
struct ProduceCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "produce", abstract: "Pushes rows of a file, or pictures of a folder, into the stream as samples.",
    discussion: """
      JSON Lines, a JSON array, or CSV with a header line (commas, semicolons, tabs or pipes), plain or gzip. Any other
      Kafka client does as well: a sample is a JSON object with id, task and text in topic samples, its key the id.

        shunt produce reviews.csv --task reviews --text-field body --rate 200
        cat rows.jsonl | shunt produce - --task sections
        zcat rows.tsv.gz | shunt produce - --task sections --run monday

      Pictures: a field or column image (or --image-field) holds a file's path; a folder gives all picture files below
      it, with --labels-from-folders by the folders' names; and CIFAR-100's binary file (.bin) its pictures, with the
      labels of fine_label_names.txt where that stands beside it.

        shunt produce photos --task animals --labels-from-folders
        shunt produce photos --task animals --by-reference
        shunt produce photos.csv --task animals --by-reference
        shunt produce cifar-100-binary/test.bin --task cifar100

      A picture's id is its path below the folder, or the file's name and the picture's number. A picture that is larger
      than a message may be goes by --by-reference: as its file's address, which workers must be able to read, and which
      their settings must allow.

      The same id twice is answered once. A row without an id gets one from what it says: the same row is one sample,
      however often and in whatever file it stands, and pushing a file again asks nothing again. With --run NAME the
      ids are NAME-1, NAME-2 and so on, by the row's number, whatever the file has: each row is a sample.

      A file is read through before anything is pushed: rows that cannot be read, and rows with another row's id and
      another text, are told and left out; more of them than --bad-rows allows, and nothing is pushed. What comes by a
      pipe is pushed as it comes.
      """)

  @Argument(help: "A file, - for standard input, or a folder of pictures.")
  var file: String

  @Option(name: .long, help: "The task that the samples belong to.")
  var task: String

  @Option(name: .long, help: "Samples a second. (default: as fast as the broker takes them)")
  var rate: Double?

  @Option(name: .customLong("run"), help: "A name for this run, from which and the rows' numbers the ids are made.")
  var runName: String?

  @Flag(name: .long, help: "A picture's label is the folder that it stands in, below the one that is named.")
  var labelsFromFolders = false

  @Flag(
    name: .long,
    help: "Pictures of a folder, or that rows name by their paths, go as their files' addresses (file:), not as bytes.")
  var byReference = false

  @OptionGroup(title: "Rows") var rows: RowsOptions

  @Option(name: .long, help: "The broker's address, in place of the settings'.")
  var brokers: String?

  @OptionGroup var settings: SettingsOption

  func validate() throws {
    if let rate, !(rate > 0 && rate.isFinite) { throw ValidationError("--rate is \(rate); it must be above 0") }
    if let runName, runName.isEmpty { throw ValidationError("--run is empty; it must be a name") }
  }

  func run() async throws {
    var shared = try settings.deployment()
    if let brokers { shared.kafka.brokers = brokers }
    let source = RowsSource(named: file)
    if case .folder = source {
    } else if labelsFromFolders {
      throw ValidationError("--labels-from-folders is for a folder of pictures")
    }
    if case .archive = source, byReference {
      throw ValidationError(
        "--by-reference is for pictures that are files; those of \(file) have no addresses of their own")
    }
    switch source {
    case .folder(let url): try await pushPictures(of: url, shared)
    case .archive(let url):
      let pictures = try CIFAR100File(url, run: runName)
      try await push(shared, total: pictures.count) { try pictures.next() }
    case .file: try await pushRows(shared)
    }
  }

  private func pushRows(_ shared: DeploymentSettings) async throws {
    var rules = rows.rules
    rules.run = runName
    (rules.comparesIDs, rules.isByReference) = (true, byReference)
    let file = DataFile(named: file, rules: rules)
    let total = file.isStream ? nil : try readThrough(file)
    var reader = try file.open(isOnlyPass: file.isStream) { refusal in
      // Those of a file that was read through have been told.
      if total == nil { StandardError.say("\(file.name): \(refusal)") }
    }
    try await push(shared, total: total, mustWait: { reader.mustWait }) { try reader.next() }
    if total == nil { FileNotes.say(reader.tally.notes, of: file.name) }
  }

  /// A picture that cannot be read is told, and the others go.
  private func pushPictures(of url: URL, _ shared: DeploymentSettings) async throws {
    var rules = PictureFolder.Rules()
    (rules.takesLabels, rules.isByReference) = (labelsFromFolders, byReference)
    (rules.run, rules.badRows) = (runName, rows.badRows)
    let folder = try PictureFolder(url, rules: rules) { StandardError.say("\(file): \($0)") }
    do { try await push(shared, total: folder.count) { try folder.next() } } catch let error as TaskError {
      throw CommandError("\(error); --by-reference sends files' addresses instead")
    }
    if folder.tally.refused > 0 {
      StandardError.say("\(file): \(folder.tally.refused) of \(folder.count) files are no pictures and were left out")
    }
  }

  private func push(
    _ shared: DeploymentSettings, total: Int?, mustWait: () -> Bool = { false }, next: () throws -> DataRow?
  ) async throws {
    try await seeTopic(shared)
    let bar = ProgressBar("produce", total: total, unit: "samples")
    let producer = StreamProducer(
      kafka: shared.kafka, topic: shared.topics.samples, pace: StreamProducer.Pace(rate: rate))
    try await producer.push(
      next: {
        try next().map { row in
          Sample(
            id: row.id, task: task, input: row.input, category: row.category, truth: row.truth, producedAt: .now)
        }
      }, mustWait: mustWait, progress: { bar.advance(to: $0) })
    bar.finish()
  }

  /// Asks for the topic first: a producer would try for minutes without a word.
  private func seeTopic(_ shared: DeploymentSettings) async throws {
    let topics: [String: Int]
    do { topics = try await Admin(settings: shared.kafka).topics(timeout: .seconds(5)) } catch {
      throw CommandError("the broker at \(shared.kafka.brokers) cannot be asked: \(error)")
    }
    guard topics[shared.topics.samples.name] != nil else {
      throw CommandError("the broker has no topic \(shared.topics.samples.name); run 'shunt init'")
    }
  }

  /// Reads a file before anything is pushed, and says what is wrong with it.
  /// - Returns: how many samples there are.
  private func readThrough(_ file: DataFile) throws -> Int {
    var reader = try file.open()
    let bar = ProgressBar("read", total: reader.size, unit: "bytes")
    var count = 0
    while try reader.next() != nil {
      count += 1
      if count % 1000 == 0 { bar.advance(to: reader.bytesRead) }
    }
    bar.clear()
    FileNotes.say(reader.tally.notes, of: file.name)
    return count
  }
}
