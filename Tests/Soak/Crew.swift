import Concurrency
import Foundation

/// The workers as processes: starts them, ends them, starts them again, and keeps book of who ended unasked.
actor Crew {
  /// A worker that ended and was not asked to, or not in that way.
  struct UnaskedEnd: Sendable {
    let worker: Worker
    let status: String
    /// The last line of its log.
    let lastWords: String
  }

  /// How a worker was asked to end.
  private enum Asked { case killed, stopped }

  private let program: URL
  private let folder: URL
  /// The kernel ties each worker's life to this thread's, so that none outlives the soak.
  private let thread = DedicatedThread(name: "soak-crew")
  private var processes: [Worker: Process] = [:]
  private var asked: [Worker: Asked] = [:]
  /// How long each worker's log was when it was last started.
  private var logStarts: [Worker: UInt64] = [:]
  private var isOver = false
  private let ends: AsyncStream<Worker>
  private let source: AsyncStream<Worker>.Continuation

  /// Workers that ended unasked.
  private(set) var unasked: [UnaskedEnd] = []
  /// SIGKILLs so far.
  private(set) var kills = 0
  /// SIGTERMs so far.
  private(set) var stops = 0
  private(set) var memory = MemoryPeaks()

  /// A worker that ends so often by itself is not started again: all is said.
  private static let mostUnaskedEnds = 10

  /// - Parameters:
  ///   - program: `shunt`.
  ///   - folder: each command's settings stand there, and each worker's log.
  init(program: URL, folder: URL) {
    self.program = program
    self.folder = folder
    (ends, source) = AsyncStream.makeStream()
  }

  /// Starts workers.
  func start(_ workers: [Worker]) async throws {
    for worker in workers { try await start(worker) }
  }

  /// Ends a worker on the spot.
  func kill(_ worker: Worker) { if end(worker, .killed) { kills += 1 } }

  /// Asks a worker to end.
  func stop(_ worker: Worker) { if end(worker, .stopped) { stops += 1 } }

  /// Whether a worker is there to be ended.
  func isRunning(_ worker: Worker) -> Bool { processes[worker]?.isRunning == true && asked[worker] == nil }

  /// Starts again whoever ended, until `finish`.
  func keepRunning() async throws {
    for await worker in ends {
      noteEnd(of: worker)
      guard !isOver else { continue }
      guard unasked.count(where: { $0.worker == worker }) < Self.mostUnaskedEnds else { continue }
      try await start(worker)
    }
  }

  /// Asks all to end, and returns once they have.
  func finish() async throws {
    isOver = true
    let running = processes.filter { $0.value.isRunning }
    for worker in running.keys { end(worker, .stopped) }
    for (worker, process) in running {
      try await thread.run { process.waitUntilExit() }
      noteEnd(of: worker)
    }
    source.finish()
  }

  /// Reads how much memory each has now.
  /// - Parameter share: of the soak that is done.
  func measureMemory(at share: Double) {
    for (worker, process) in processes where process.isRunning {
      if let bytes = ResidentMemory.bytes(of: process.processIdentifier) {
        memory.note(bytes, of: worker.command, at: share)
      }
    }
  }

  private func start(_ worker: Worker) async throws {
    let settings = folder.appending(path: "\(worker.command).json")
    let program = ChildProgram(program: program, arguments: [worker.command, "--settings", settings.path])
    let output = try ChildProgram.appending(to: logFile(of: worker))
    logStarts[worker] = try output.offset()
    processes[worker] = try await program.launch(on: thread, errors: output) { [source] in source.yield(worker) }
  }

  private func logFile(of worker: Worker) -> URL { folder.appending(path: "\(worker.command)-\(worker.number).log") }

  @discardableResult
  private func end(_ worker: Worker, _ how: Asked) -> Bool {
    guard isRunning(worker), let process = processes[worker] else { return false }
    asked[worker] = how
    Glibc.kill(process.processIdentifier, how == .killed ? SIGKILL : SIGTERM)
    return true
  }

  private func noteEnd(of worker: Worker) {
    guard let process = processes[worker], !process.isRunning else { return }
    processes[worker] = nil
    let isSignal = process.terminationReason == .uncaughtSignal
    let status = process.terminationStatus
    switch asked.removeValue(forKey: worker) {
    case .killed where isSignal && status == SIGKILL, .stopped where !isSignal && status == 0: return
    // Before a program has begun nothing of it can heed a signal.
    case .stopped where isSignal && status == SIGTERM && !hadBegun(worker): return
    case let asked:
      let way = isSignal ? "signal \(status)" : "code \(status)"
      unasked.append(
        UnaskedEnd(
          worker: worker, status: asked == .stopped ? "\(way) after SIGTERM" : way, lastWords: lastWords(of: worker)))
    }
  }

  /// Whether a worker had come to serve its health, which it does once it heeds signals.
  private func hadBegun(_ worker: Worker) -> Bool {
    guard let log = FileManager.default.contents(atPath: logFile(of: worker).path) else { return false }
    let own = log.dropFirst(Int(logStarts[worker] ?? 0))
    return own.firstRange(of: Data("metrics and health".utf8)) != nil
  }

  private func lastWords(of worker: Worker) -> String {
    guard let log = FileManager.default.contents(atPath: logFile(of: worker).path) else { return "" }
    let lines = String(decoding: log.suffix(4_000), as: UTF8.self).split(separator: "\n")
    return lines.last.map { String($0.prefix(600)) } ?? ""
  }
}
