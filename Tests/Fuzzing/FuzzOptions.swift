import ArgumentParser
import Foundation
import Terminal

/// What decoders are put to.
package struct FuzzOptions: ParsableArguments {
  @Option(name: .long, help: "Inputs a decoder.")
  var inputs = 1_000_000

  @Option(name: .long, help: "The first input's number.")
  var from = 0

  @Option(name: .long, help: "What the inputs are drawn by.")
  var seed: UInt64 = 1

  @Option(name: .long, help: "One decoder, by its name. (default: all)")
  var decoder: String?

  @Flag(name: .long, help: "Measures how the work grows instead; ends non-zero where it grows faster than the input.")
  var growth = false

  package init() {}

  package func validate() throws {
    guard inputs > 0, from >= 0 else { throw ValidationError("--inputs counts from 1, --from from 0") }
  }

  /// Puts decoders to it, and prints a table.
  package func run(_ decoders: [Decoder]) throws {
    let chosen = decoders.filter { decoder == nil || $0.name == decoder }
    guard !chosen.isEmpty else {
      throw ValidationError("--decoder is one of \(decoders.map(\.name).joined(separator: ", "))")
    }
    try growth ? measure(chosen) : fuzz(chosen)
  }

  private func fuzz(_ decoders: [Decoder]) throws {
    CrashReport.begin()
    var table = Table("decoder", "inputs", "accepted", "refused", "seconds", "slowest ms", "more MiB")
    for decoder in decoders {
      let bar = ProgressBar(decoder.name, total: inputs, unit: "inputs")
      let start = ContinuousClock.now
      var sum = FuzzRun.Outcome()
      var memory: Int?
      for first in stride(from: from, to: from + inputs, by: 1000) {
        let outcome = try FuzzRun(decoder: decoder, seed: seed).run(first..<min(first + 1000, from + inputs))
        sum.accepted += outcome.accepted
        sum.refused += outcome.refused
        sum.slowest = max(sum.slowest, outcome.slowest)
        if memory == nil { memory = Self.residentBytes }
        bar.advance(to: sum.accepted + sum.refused)
      }
      bar.finish()
      let seconds = (ContinuousClock.now - start) / .seconds(1)
      let growth = Double(Self.residentBytes - (memory ?? 0)) / 0x1p20
      table.add(
        decoder.name, "\(inputs)", "\(sum.accepted)", "\(sum.refused)", String(format: "%.1f", seconds),
        String(format: "%.0f", sum.slowest * 1000), String(format: "%.1f", growth))
    }
    print(table)
  }

  /// What the process holds in memory now; 0 where Linux does not tell.
  private static var residentBytes: Int {
    guard let pages = try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8).split(separator: " ")[1] else {
      return 0
    }
    return (Int(pages) ?? 0) * sysconf(Int32(_SC_PAGESIZE))
  }

  private func measure(_ decoders: [Decoder]) throws {
    var table = Table("decoder", "worst exponent", "fragment", "bytes", "seconds")
    var isLinear = true
    for decoder in decoders {
      // Below a hundredth of a second the clock's noise is larger than the work.
      let findings = Growth(decoder: decoder).findings()
      let worst = findings.filter { $0.seconds.last?.seconds ?? 0 > 0.01 }.max { $0.exponent < $1.exponent }
      isLinear = isLinear && (worst?.exponent ?? 0) < 1.5
      guard
        let finding = worst ?? findings.max(by: { ($0.seconds.last?.seconds ?? 0) < ($1.seconds.last?.seconds ?? 0) }),
        let last = finding.seconds.last
      else { continue }
      table.add(
        decoder.name, worst.map { String(format: "%.2f", $0.exponent) } ?? "too fast to tell",
        finding.fragment.debugDescription, "\(last.bytes)", String(format: "%.4f", last.seconds))
    }
    print(table)
    if !isLinear { throw ExitCode.failure }
  }
}
