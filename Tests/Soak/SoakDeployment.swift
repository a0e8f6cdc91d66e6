import Concurrency
import Foundation
import Kafka
import Messages

/// What is under soak: a broker, Postgres, the task's folder, the settings, the workers.
struct SoakDeployment: Sendable {
  let kafka: KafkaSettings
  let topics: Topics
  let database: SoakDatabase
  let samples: any SoakSamples
  let crew: Crew
  private let program: URL
  private let folder: URL
  private let thread: DedicatedThread
  private let broker: Process?

  /// Partitions of each topic: enough that what waits has room on an embedded broker.
  private static let partitions = 12

  /// Starts broker and database, and writes the settings; no worker runs yet.
  /// - Parameters:
  ///   - samples: what the task's samples are.
  ///   - folder: for all files.
  ///   - brokers: a real broker's address; `nil` for `shunt broker`.
  ///   - endpoint: of the large model.
  static func start(
    _ samples: any SoakSamples, in folder: URL, brokers: String?, endpoint: URL
  ) async throws -> SoakDeployment {
    // Beside this program, whichever build it is of.
    let program = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent().appending(path: "shunt")
    guard FileManager.default.isExecutableFile(atPath: program.path) else {
      throw SoakError("there is no \(program.path): build the package's products first")
    }
    let thread = DedicatedThread(name: "soak-programs")
    var broker: Process?
    var address = brokers ?? ""
    if brokers == nil { (broker, address) = try await embeddedBroker(program, thread, folder) }
    let database = try await SoakDatabase.start(in: folder.appending(path: "postgres"))
    let task = folder.appending(path: "task")
    try await SoakTask.write(samples, to: task, endpoint: endpoint)
    let topics = Topics(prefix: brokers == nil ? "" : "soak-\(ProcessInfo.processInfo.processIdentifier)-")
    let deployment = SoakDeployment(
      kafka: KafkaSettings(brokers: address), topics: topics, database: database, samples: samples,
      crew: Crew(program: program, folder: folder), program: program, folder: folder, thread: thread, broker: broker)
    try deployment.writeSettings("init", database: database.url)
    try await deployment.initialize()
    // Workers have no more rights than they need.
    let worker = try await database.account(in: "worker")
    for command in ["router", "large-model-worker", "recorder"] {
      try deployment.writeSettings(command, database: worker)
    }
    try deployment.writeSettings("distiller", database: await database.account(in: "distiller"))
    return deployment
  }

  /// Where pictures by reference are.
  static func pictures(in folder: URL) -> URL { folder.appending(path: "pictures", directoryHint: .isDirectory) }

  /// `shunt init`.
  private func initialize() async throws {
    let log = folder.appending(path: "init.log")
    let output = try ChildProgram.appending(to: log)
    let process = try await ChildProgram(program: program, arguments: ["init", "--settings", settings("init").path])
      .launch(on: thread, output: output, errors: output)
    try await thread.run { process.waitUntilExit() }
    guard process.terminationStatus == 0 else {
      throw SoakError("shunt init ended with code \(process.terminationStatus); see \(log.path)")
    }
  }

  /// Ends all of it.
  func stop() async throws {
    try await crew.finish()
    if broker == nil { try await Admin(settings: kafka).deleteTopics(topics.all) }
    broker?.terminate()
    try await database.stop()
  }

  private static func embeddedBroker(
    _ program: URL, _ thread: DedicatedThread, _ folder: URL
  ) async throws -> (Process, String) {
    let pipe = Pipe()
    let process = try await ChildProgram(program: program, arguments: ["broker", "--partitions", "\(partitions)"])
      .launch(
        on: thread, output: pipe.fileHandleForWriting,
        errors: ChildProgram.appending(to: folder.appending(path: "broker.log")))
    // Ours, too, would keep the reader from the end.
    try pipe.fileHandleForWriting.close()
    let address = try await thread.run { firstLine(of: pipe.fileHandleForReading) }
    guard !address.isEmpty else { throw SoakError("shunt broker said no address") }
    return (process, address)
  }

  private static func firstLine(of file: FileHandle) -> String {
    var line: [UInt8] = []
    while let byte = file.readData(ofLength: 1).first, byte != UInt8(ascii: "\n") { line.append(byte) }
    return String(decoding: line, as: UTF8.self)
  }

  private func settings(_ command: String) -> URL { folder.appending(path: "\(command).json") }

  private func writeSettings(_ command: String, database: String) throws {
    try Data(text(database: database).utf8).write(to: settings(command))
  }

  private func text(database: String) -> String {
    let prefix = topics.samples.name.dropLast("samples".count)
    let task = folder.appending(path: "task").path
    return """
      {
        "kafka": {
          "brokers": "\(kafka.brokers)", "topic_prefix": "\(prefix)", "partitions": \(Self.partitions),
          "properties": { "session.timeout.ms": "6000", "heartbeat.interval.ms": "500" }
        },
        "database": { "url": "\(database)" },
        "tasks": { "folders": ["\(task)"] },
        "images": { "allowed": ["\(Self.pictures(in: folder).absoluteString)"] },
        "router": { "batch_size": 500, "audit_share": 0.02 },
        "distiller": {
          "tasks": {
            "\(SoakTask.name)": {
              "held_out": "\(task)/held-out.jsonl", "new_answers": 3000, "least_answers": 500, "pause": "20s",
              "epochs": 2, "on_drift": "recalibration"
            }
          }
        },
        "http": { "port": 0 },
        "log": { "level": "warning" }
      }
      """
  }
}
