import Foundation

/// How a captioner looks for its caption.
public struct CaptionSearch: Sendable, Equatable, Codable {
  /// Captions that are followed side by side (beam search); with 1 each step takes the most probable token.
  public var width = 3
  /// Of captions that end, that of the largest log-probability ÷ lengthˡ is taken, where l is this and the length counts the
  /// end; 0 favours short ones, 1 takes the mean.
  public var lengthExponent = 0.7
  /// Words of a caption, at most.
  public var longest = 20

  /// The values above.
  public init() {}

  static let widths = 1...16
  static let lengthExponents = 0.0...2.0
  static let lengths = 1...100

  /// What captions that end are compared by.
  func score(_ hypothesis: CaptionHypothesis) -> Double {
    Double(hypothesis.logProbability) / pow(Double(max(1, hypothesis.steps)), lengthExponent)
  }

  /// - Throws: where a value is out of its range, with its name.
  func validate() throws(SmallModelError) {
    guard Self.widths.contains(width), Self.lengthExponents.contains(lengthExponent), Self.lengths.contains(longest)
    else {
      throw SmallModelError(
        "the search of captions has width \(width), length exponent \(lengthExponent) and longest \(longest)")
    }
  }
}

/// A caption while it is looked for.
struct CaptionHypothesis: Equatable {
  /// Which picture of the batch.
  let picture: Int
  /// Without start and end.
  var tokens: [Int32] = []
  /// The natural logarithm of its probability so far.
  var logProbability: Float = 0
  /// Whether its end is one of the steps.
  var isEnded = false

  /// How many tokens its probability is of.
  var steps: Int { tokens.count + (isEnded ? 1 : 0) }
  /// The mean natural logarithm of its tokens' probabilities.
  var meanLogProbability: Float { logProbability / Float(max(1, steps)) }
}

/// The search over a batch of pictures: values in, values out. A decoder says what may follow each hypothesis.
struct BeamSearch {
  private let search: CaptionSearch
  /// [pictures][…]
  private var ended: [[CaptionHypothesis]]
  /// Those that go on, those of a picture one behind the other, the most probable first.
  private(set) var open: [CaptionHypothesis]
  /// Of each open hypothesis the place that the one before it had, [open]; at the start its picture.
  private(set) var parents: [Int32]

  init(_ search: CaptionSearch, pictures: Int) {
    self.search = search
    ended = Array(repeating: [], count: pictures)
    open = (0..<pictures).map { CaptionHypothesis(picture: $0) }
    parents = (0..<Int32(pictures)).map { $0 }
  }

  /// How many tokens the search needs of each step: the end may be one of them.
  var choices: Int { search.width + 1 }

  /// Takes a step.
  /// - Parameter next: of each open hypothesis its most probable tokens, the first the most probable, [open × choices].
  mutating func advance(_ next: DecoderChoices) {
    var (stillOpen, stillParents): ([CaptionHypothesis], [Int32]) = ([], [])
    var start = 0
    while start < open.count {
      let picture = open[start].picture
      let end = open[start...].firstIndex { $0.picture != picture } ?? open.count
      for (hypothesis, parent) in continued(start..<end, next) {
        stillOpen.append(hypothesis)
        stillParents.append(Int32(parent))
      }
      start = end
    }
    (open, parents) = (stillOpen, stillParents)
  }

  /// One picture's hypotheses after a step; those that end are put aside.
  private mutating func continued(
    _ places: Range<Int>, _ next: DecoderChoices
  ) -> [(hypothesis: CaptionHypothesis, parent: Int)] {
    let candidates = places.flatMap { place in
      next[place].map { (place: place, token: $0.token, sum: open[place].logProbability + $0.logProbability) }
    }.sorted { ($0.sum, $1.place, $1.token) > ($1.sum, $0.place, $0.token) }
    let picture = open[places.lowerBound].picture
    var kept: [(hypothesis: CaptionHypothesis, parent: Int)] = []
    for candidate in candidates where kept.count < search.width {
      var hypothesis = open[candidate.place]
      // A caption has a word: an end at the start is passed over.
      if hypothesis.tokens.isEmpty, candidate.token == CaptionVocabulary.end { continue }
      hypothesis.logProbability = candidate.sum
      if candidate.token == CaptionVocabulary.end {
        hypothesis.isEnded = true
        ended[picture].append(hypothesis)
        if search.width == 1 { return [] }
      } else {
        hypothesis.tokens.append(candidate.token)
        kept.append((hypothesis, candidate.place))
      }
    }
    if ended[picture].count >= search.width { return [] }
    guard kept.first?.hypothesis.tokens.count == search.longest else { return kept }
    // They are as long as a caption may be: they end here, cut off.
    ended[picture] += kept.map(\.hypothesis)
    return []
  }

  /// The captions of each picture that ended, the best first, once no hypothesis is open: [pictures][one or more].
  func ranked() -> [[CaptionHypothesis]] {
    ended.enumerated().map { picture, captions in
      let ranked = captions.map { (caption: $0, score: search.score($0)) }.sorted { $0.score > $1.score }
      return ranked.isEmpty ? [CaptionHypothesis(picture: picture)] : ranked.map(\.caption)
    }
  }
}
