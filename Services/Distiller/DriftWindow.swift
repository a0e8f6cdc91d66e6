import Foundation
import ModelStore

/// Which samples drift is looked for in: those that were routed together, and of which nearly all have their answer.
///
/// Easy samples are answered at once, hard ones when the large model comes to them. Among the newest *recorded* answers
/// the easy ones are too many while it is slow or held, whatever the stream is like. So a window is of what routers
/// counted as they routed it (`RoutingProbe`), as far back from now as the answers ask for; with a large model that
/// answers nothing there is no window, and no alarm.
enum DriftWindow {
  /// This part of a window's samples must have an answer: the rest may have been rejected, and is too small a part to
  /// pass any limit by its absence.
  static let leastComplete = 0.95

  /// How long before now a window may end, in seconds, newest first. Each look costs one query, so it goes back by ever
  /// longer steps, to the oldest probe that is kept.
  static let ages: [Double] = [5, 30] + (0...13).map { 60 * Double(1 << $0) }

  /// A window that ends longer ago than this is worth telling, in seconds.
  static let unusualAge = 300.0

  /// Whether nearly all of the samples that were routed are answered.
  static func isComplete(_ probes: [RoutingProbe], answers: Int) -> Bool {
    isComplete(answers, of: samples(probes))
  }

  /// Whether nearly all of so many are there.
  static func isComplete(_ recorded: Int, of drawn: Int) -> Bool { Double(recorded) >= leastComplete * Double(drawn) }

  /// How many samples were routed.
  static func samples(_ probes: [RoutingProbe]) -> Int { probes.reduce(0) { $0 + max(0, $1.samples) } }
}
