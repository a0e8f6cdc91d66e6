import Foundation

/// The program, run as a user runs it.
struct Program {
  /// What a run left behind.
  struct Outcome {
    let code: Int32
    let output: String
    let errors: String
  }

  /// It stands beside the test bundle, whatever the configuration.
  static var url: URL {
    get throws {
      let bundle = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
      return URL(filePath: bundle).deletingLastPathComponent().appending(path: "shunt")
    }
  }

  /// The files of one test; removed by `remove`.
  let folder: URL
  var environment: [String: String]

  init() throws {
    folder = FileManager.default.temporaryDirectory.appending(path: "shunt-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    environment = ProcessInfo.processInfo.environment.filter { !$0.key.hasPrefix("SHUNT_") && !$0.key.hasPrefix("PG") }
    environment["SHUNT_MODELS"] = Self.models
    // Nobody listens there.
    environment["SHUNT_KAFKA_BROKERS"] = "127.0.0.1:1"
    environment["DATABASE_URL"] = "host=127.0.0.1 port=1 connect_timeout=2"
  }

  /// Whether small models can be trained here: their tokens come from the encoder.
  static var hasEncoder: Bool {
    FileManager.default.fileExists(atPath: "\(models)/all-MiniLM-L6-v2/model.safetensors")
  }

  func remove() throws { try FileManager.default.removeItem(at: folder) }

  /// The encoders' folder: `SHUNT_MODELS`, or `.models` under the package's root.
  private static var models: String {
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    return ProcessInfo.processInfo.environment["SHUNT_MODELS"] ?? root.appending(path: ".models").path
  }

  /// Writes a file of the test's folder.
  @discardableResult
  func write(_ name: String, _ text: String) throws -> String {
    let file = folder.appending(path: name)
    try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(text.utf8).write(to: file)
    return file.path
  }

  /// Starts it in the test's folder.
  /// - Parameter input: what comes by standard input.
  func process(_ arguments: [String], input: String = "") throws -> (Process, output: URL, errors: URL) {
    let process = Process()
    process.executableURL = try Self.url
    process.arguments = arguments
    process.environment = environment
    process.currentDirectoryURL = folder
    let stem = UUID().uuidString
    let files = ["in", "out", "err"].map { folder.appending(path: ".\(stem).\($0)") }
    for file in files { try Data(file.pathExtension == "in" ? input.utf8 : "".utf8).write(to: file) }
    process.standardInput = try FileHandle(forReadingFrom: files[0])
    process.standardOutput = try FileHandle(forWritingTo: files[1])
    process.standardError = try FileHandle(forWritingTo: files[2])
    return (process, files[1], files[2])
  }

  /// Runs it to its end.
  func run(_ arguments: [String], input: String = "") async throws -> Outcome {
    let (process, output, errors) = try process(arguments, input: input)
    try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
      process.terminationHandler = { _ in continuation.resume() }
      do { try process.run() } catch { continuation.resume(throwing: error) }
    }
    return Outcome(
      code: process.terminationStatus, output: String(decoding: try Data(contentsOf: output), as: UTF8.self),
      errors: String(decoding: try Data(contentsOf: errors), as: UTF8.self))
  }
}

/// Runs a test with a program and a folder of its own.
func withProgram(_ body: (inout Program) async throws -> Void) async throws {
  var program = try Program()
  do { try await body(&program) } catch {
    try program.remove()
    throw error
  }
  try program.remove()
}
