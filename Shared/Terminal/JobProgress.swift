/// How far a job is: a value, so that what is shown can be tested without a terminal or a clock.
struct JobProgress: Equatable {
  var label: String
  var unit: String
  /// `nil` where the end is not known.
  var total: Int?
  var done = 0
  var elapsed = Duration.zero
  /// Figures beside the bar.
  var note = ""

  /// From 0 to 1; `nil` where the end is not known.
  var fraction: Double? { total.map { $0 > 0 ? min(1, Double(done) / Double($0)) : 1 } }

  /// Units a second, over all the time; `nil` before there is one to tell.
  var rate: Double? { elapsed >= .seconds(1) && done > 0 ? Double(done) / (elapsed / .seconds(1)) : nil }

  /// Seconds to the end at this rate; `nil` where that cannot be said.
  var remaining: Double? {
    guard let total, let rate, done < total else { return nil }
    return Double(total - done) / rate
  }

  /// One line of at most `width` columns, with a bar where the end is known and there is room.
  func line(width: Int) -> String {
    let figures = [counted, rateText, remainingText, note].filter { !$0.isEmpty }
      .joined(separator: "  ")
    let head = label + " "
    let room = width - columns(of: head) - columns(of: figures) - 3
    let bar = fraction.flatMap { room >= 10 ? Self.bar($0, width: min(room, 30)) + " " : nil } ?? ""
    return String((head + bar + figures).prefix(max(width - 1, 1)))
  }

  private var counted: String {
    guard let total, let fraction else { return "\(NumberText.count(done)) \(unit)" }
    return "\(Int(fraction * 100)) %  \(NumberText.count(done))/\(NumberText.count(total)) \(unit)"
  }

  private var rateText: String {
    guard let rate else { return "" }
    if rate < 1 { return "\(NumberText.time(seconds: 1 / rate)) each" }
    return "\(rate < 10 ? NumberText.fixed(rate, decimals: 1) : NumberText.count(Int(rate)))/s"
  }

  private var remainingText: String {
    remaining.map { "\(NumberText.time(seconds: $0)) left" } ?? NumberText.time(seconds: elapsed / .seconds(1))
  }

  /// Blocks with a last one in eighths, so that the bar moves smoothly.
  private static func bar(_ fraction: Double, width: Int) -> String {
    let eighths = Int(fraction * Double(width * 8))
    let partial = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"][eighths % 8]
    let filled = String(repeating: "█", count: eighths / 8) + partial
    return filled + String(repeating: "░", count: width - filled.count)
  }
}

/// When a progress line is due.
struct ProgressPace: Equatable {
  private var lastElapsed: Duration?
  private var lastTenth = 0

  /// On a terminal ten times a second; elsewhere every ten percent or five seconds.
  mutating func isDue(_ progress: JobProgress, isInteractive: Bool) -> Bool {
    let tenth = Int((progress.fraction ?? 0) * 10)
    let pause = progress.elapsed - (lastElapsed ?? .zero)
    let isDue =
      isInteractive
      ? lastElapsed == nil || pause >= .milliseconds(100) : tenth > lastTenth || pause >= .seconds(5)
    guard isDue else { return false }
    lastElapsed = progress.elapsed
    lastTenth = tenth
    return true
  }
}
