import Foundation
import Testing

/// Workers that are asked to end before what they need is there.
@Suite struct WorkerStartTests {
  @Test(arguments: ["router", "large-model-worker", "recorder", "distiller"])
  func aWorkerThatWaitsForItsDatabaseEndsWhenAsked(_ worker: String) async throws {
    try await withProgram { program in
      let settings = try program.write(
        "shunt.json",
        #"{"http": {"port": 0}, "distiller": {"tasks": {"t": {"held_out": "none.jsonl"}}}}"#)
      let (process, _, _) = try program.process([worker, "--settings", settings])
      let log = Pipe()
      process.standardError = log
      let (words, word) = AsyncStream.makeStream(of: String.self)
      log.fileHandleForReading.readabilityHandler = { word.yield(String(decoding: $0.availableData, as: UTF8.self)) }
      let (ends, end) = AsyncStream.makeStream(of: Void.self)
      process.terminationHandler = { _ in
        word.finish()
        end.yield()
      }
      try process.run()
      var text = ""
      for await word in words {
        text += word
        if text.contains("tries again until it passes") { break }
      }
      process.terminate()
      for await _ in ends { break }
      log.fileHandleForReading.readabilityHandler = nil
      #expect(process.terminationReason == .exit && process.terminationStatus == 0, "\(text)")
    }
  }
}
