import Foundation
import PracticeServer
import Terminal

/// What a soak shows at its end.
struct SoakReport: Sendable {
  /// What is missing, a line a kind; empty where all is well.
  let problems: [String]
  private let rows: [(String, String)]

  init(verdict: SoakVerdict, run: SoakRun, crew: Crew, server: PracticeServer) async {
    let (memory, ends) = (await crew.memory, await crew.unasked)
    let (samples, odd, trouble) = (await run.samples, await run.odd.count, await run.trouble)
    let answeredBy = verdict.answeredBy.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
    let faults = server.ledger.faults.values.reduce(0, +)
    let (kills, stops, crashes, untaken) = (await crew.kills, await crew.stops, await run.crashes, await run.untaken)
    rows =
      [
        ("good samples", "\(samples)"), ("with their one row", "\(verdict.answered)"),
        ("answered by", answeredBy.joined(separator: ", ")),
        ("odd messages", "\(odd)\(untaken > 0 ? ", and \(untaken) that no broker takes" : "")"),
        ("with their outcome", "\(verdict.oddAsExpected)"),
        ("requests to the large model", "\(server.ledger.requests), of them \(faults) answered oddly"),
        ("SIGKILLs, SIGTERMs", "\(kills), \(stops)"), ("Postgres crashes", "\(crashes)"),
        ("workers ended by themselves", "\(ends.count)"),
      ]
      + memory.byCommand.sorted { $0.key < $1.key }.map { command, halves in
        ("memory of a \(command)", "\(halves.first >> 20) MiB at most, then \(halves.second >> 20)")
      }
    problems =
      Dictionary(grouping: verdict.faults, by: \.kind).sorted { $0.value.count > $1.value.count }.map { kind, faults in
        "\(faults.count) × \(kind) (\(faults.prefix(3).map(\.message).joined(separator: "; ")))"
      }
      + Dictionary(grouping: ends, by: \.worker).sorted { "\($0.key)" < "\($1.key)" }.map { worker, ends in
        "\(worker) ended by itself \(ends.count) times, \(ends[0].status): \(ends[0].lastWords)"
      }
      + memory.growing.map { "\($0) grows: see its memory" }
      + (trouble.map { ["it did not come to its end: \($0)"] } ?? [])
  }

  /// A table, and what is missing.
  func text(duration: Duration) -> String {
    var table = Table("soak", "\(duration.formatted(.time(pattern: .minuteSecond)))")
    for (name, figure) in rows { table.add(name, figure) }
    let end =
      problems.isEmpty ? "Nothing is missing." : "Missing:\n" + problems.map { "- \($0)" }.joined(separator: "\n")
    return "\(table)\n\(end)"
  }
}
