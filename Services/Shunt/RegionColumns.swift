import Evaluation

/// The columns of a table that has a figure for each region: head, medium, tail.
struct RegionColumns {
  /// Of all regions that some scores have, sorted.
  let names: [String]

  init(_ scores: [[String: Score]?]) {
    names = Set(scores.flatMap { $0.map { Array($0.keys) } ?? [] }).sorted()
  }

  /// A row's accuracy in each region; empty where it has none.
  func cells(_ scores: [String: Score]?) -> [String] {
    names.map { name in scores?[name].map { percent($0.accuracy) } ?? "" }
  }
}
