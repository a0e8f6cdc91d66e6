import Foundation
import TestSupport
import Testing

/// `shunt demo` on a small stream of made-up packages: from no small model to one.
@Suite(
  .enabled(if: Program.hasEncoder, "needs the encoder; 'shunt models fetch' brings it"), .timeLimit(.minutes(10)))
struct DemoTests {
  /// The lists of a machine with 36,000 packages of two sections. Descriptions that name both are hard.
  private static let packages = """
    #!/bin/sh
    seq 36000 | awk '{
      section = $1 % 2 ? "fruit" : "roots"
      word = $1 % 2 ? "apple" : "carrot"
      if ($1 % 5 == 0) word = "apple or carrot"
      print "Package: p" $1 "\\nSection: " section "\\nDescription: " word " number " $1 "\\n"
    }'
    """
  /// As debian-sections, with less of everything.
  private static let task = """
    {"task": {"name": "debian-sections"},
     "small_model": {"dimension": 16, "filters": {"1": 8}, "epochs": 2, "maximum_tokens": 8},
     "large_model": {"kind": "linear_head", "pooling": "sentence", "head_texts": 200, "maximum_tokens": 16}}
    """

  @Test func everyPushedDescriptionGetsItsRow() async throws {
    try await withProgram { program in
      try program.write("bin/apt-cache", Self.packages)
      try FileManager.default.setAttributes(
        [.posixPermissions: 0o755], ofItemAtPath: program.folder.appending(path: "bin/apt-cache").path)
      let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
      program.environment["PATH"] = "\(program.folder.path)/bin:\(path)"
      try program.write("task/task.json", Self.task)
      let outcome = try await program.run(["demo", "--samples", "4000", "--task", "task"])
      #expect(outcome.code == 0, "\(outcome)")
      #expect(outcome.output.contains("4000 samples pushed, 4000 rows in Postgres"), "\(outcome.output)")
      #expect(outcome.output.contains("query share over the stream"))
      #expect(outcome.errors.contains("no small model yet; the large model answers everything"), "\(outcome.errors)")
      // It begins at 100 %, and a small model made of the large one's answers takes over what it is sure of.
      #expect(outcome.output.contains("none yet"), "\(outcome.output)")
      #expect(outcome.errors.contains("  query share 100.0 %"), "\(outcome.errors)")
      #expect(outcome.output.contains("specific-1"), "\(outcome.output)")
      for part in 1...3 { #expect(outcome.errors.contains("part \(part) of 3")) }
      for round in 1...2 { #expect(outcome.errors.contains("round \(round):")) }
      // Nothing but its own lines stands between the bars.
      let lines = outcome.errors.split(whereSeparator: \.isNewline)
      #expect(!lines.contains { $0.trimmingCharacters(in: .whitespaces).hasPrefix("{") }, "\(outcome.errors)")
    }
  }
}
