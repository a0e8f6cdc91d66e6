import Foundation
import TestSupport
import Testing

/// A program that runs until it is told to end.
struct RunningProgram {
  let name: String
  private let process: Process
  private let output: URL
  private let errors: URL

  /// Starts it in the test's folder.
  init(_ program: Program, _ arguments: [String]) throws {
    name = arguments.joined(separator: " ")
    (process, output, errors) = try program.process(arguments)
    try process.run()
  }

  /// It ended before it was told to.
  private struct Ended: Error { let what: String }

  /// What it has written to standard output so far.
  var text: String { get throws { String(decoding: try Data(contentsOf: output), as: UTF8.self) } }

  /// Waits until a line of standard output begins with `beginning`.
  /// - Returns: the rest of that line, without the space before it.
  func line(_ beginning: String) async throws -> String {
    var found: String?
    try await eventually("\(name) says \(beginning)", within: .seconds(120)) {
      guard process.isRunning else { throw Ended(what: "\(name) has ended: \(try said)") }
      // A line that has ended, for a write may show half of one.
      let lines = try text.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
      found = lines.first { $0.hasPrefix(beginning) }.map { String($0.dropFirst(beginning.count)) }
      return found != nil
    }
    return (found ?? "").trimmingCharacters(in: .whitespaces)
  }

  /// Everything it said, for a failed expectation.
  var said: String { get throws { try text + String(decoding: Data(contentsOf: errors), as: UTF8.self) } }

  /// Ends it by SIGTERM, or by SIGINT as Ctrl-C sends it, and expects that it drains and ends well.
  func end(interrupting: Bool = false) async throws {
    interrupting ? process.interrupt() : process.terminate()
    try await eventually("\(name) ends", within: .seconds(60)) { !process.isRunning }
    let said = try said
    #expect(process.terminationReason == .exit && process.terminationStatus == 0, "\(name): \(said)")
  }
}
