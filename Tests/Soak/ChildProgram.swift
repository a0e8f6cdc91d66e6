import Concurrency
import Foundation

/// A program that runs beside the soak and ends with it, however the soak ends.
struct ChildProgram: Sendable {
  /// Its file.
  let program: URL
  /// What it is told.
  let arguments: [String]

  /// Starts it.
  /// - Parameters:
  ///   - thread: the kernel ties the process's life to this thread's.
  ///   - output, errors: where it writes.
  ///   - onEnd: called once it has ended.
  func launch(
    on thread: DedicatedThread, output: FileHandle = .nullDevice, errors: FileHandle,
    onEnd: @escaping @Sendable () -> Void = {}
  ) async throws -> Process {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = ["setpriv", "--pdeathsig", "KILL", program.path] + arguments
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = output
    process.standardError = errors
    process.terminationHandler = { _ in onEnd() }
    try await thread.run { try process.runWithAllSignals() }
    return process
  }

  /// A file's end, to write to.
  static func appending(to file: URL) throws -> FileHandle {
    if !FileManager.default.fileExists(atPath: file.path) { try Data().write(to: file) }
    let handle = try FileHandle(forWritingTo: file)
    try handle.seekToEnd()
    return handle
  }
}
