import ArgumentParser
import Foundation
import Terminal

/// `shunt-fuzz`; `scripts/fuzz` builds and starts it.
@main
struct FuzzCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "fuzz",
    abstract: "Hands every decoder inputs that are nearly right, and measures how their work grows.",
    discussion: """
      The inputs are seeded: a crash names its decoder and the input's number, and --from with --inputs 1 repeats it.

        scripts/fuzz                         1,000,000 inputs a decoder
        scripts/fuzz --decoder CSV --from 4711 --inputs 1
        scripts/fuzz --growth                processor time of inputs that double
      """)

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

  func validate() throws {
    guard inputs > 0, from >= 0 else { throw ValidationError("--inputs counts from 1, --from from 0") }
    guard !decoders.isEmpty else {
      throw ValidationError("--decoder is one of \(Decoder.all.map(\.name).joined(separator: ", "))")
    }
  }

  private var decoders: [Decoder] { Decoder.all.filter { decoder == nil || $0.name == decoder } }

  func run() throws { try growth ? measure() : fuzz() }

  private func fuzz() throws {
    CrashReport.begin()
    var table = Table("decoder", "inputs", "accepted", "refused", "seconds")
    for decoder in decoders {
      let bar = ProgressBar(decoder.name, total: inputs, unit: "inputs")
      let start = ContinuousClock.now
      var sum = FuzzRun.Outcome()
      for first in stride(from: from, to: from + inputs, by: 1000) {
        let outcome = try FuzzRun(decoder: decoder, seed: seed).run(first..<min(first + 1000, from + inputs))
        sum.accepted += outcome.accepted
        sum.refused += outcome.refused
        bar.advance(to: sum.accepted + sum.refused)
      }
      bar.finish()
      let seconds = (ContinuousClock.now - start) / .seconds(1)
      table.add(decoder.name, "\(inputs)", "\(sum.accepted)", "\(sum.refused)", String(format: "%.1f", seconds))
    }
    print(table)
  }

  private func measure() throws {
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
