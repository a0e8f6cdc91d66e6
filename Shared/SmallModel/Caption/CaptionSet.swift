import Encoders

/// Captions of pictures as a decoder reads them while it learns. Of an input with several captions each is one.
struct CaptionSet: TrainingInputs {
  /// One caption to learn.
  struct Entry: Equatable {
    /// Which row of the grids.
    let picture: Int
    /// Without start and end.
    let tokens: [Int32]
    /// Of each token and of the end what a teacher held probable, [tokens + 1]; `nil` where the caption is the target itself.
    let distributions: [[(token: Int32, probability: Float)]]?

    static func == (one: Entry, other: Entry) -> Bool {
      one.picture == other.picture && one.tokens == other.tokens
        && one.distributions?.map { $0.map(\.token) } == other.distributions?.map { $0.map(\.token) }
        && one.distributions?.map { $0.map(\.probability) } == other.distributions?.map { $0.map(\.probability) }
    }
  }

  /// A row a picture.
  let grids: FeatureMatrix
  private(set) var entries: [Entry]

  /// - Parameters:
  ///   - grids: of the examples' inputs.
  ///   - maximum: words of a caption that are learnt; the rest of a longer one, and its end, are not.
  init(_ targets: CaptionTargets, grids: FeatureMatrix, vocabulary: CaptionVocabulary, maximum: Int) {
    self.grids = grids
    switch targets {
    case .captions(let captions):
      entries = captions.enumerated().flatMap { picture, captions in
        captions.map {
          Entry(picture: picture, tokens: vocabulary.tokens(of: $0, maximum: maximum), distributions: nil)
        }
      }
    case .distributions(let distributions):
      entries = distributions.enumerated().map { picture, distribution in
        Entry(picture: picture, distribution, vocabulary: vocabulary, maximum: maximum)
      }
    }
    // A caption without words teaches to say nothing.
    entries.removeAll { $0.tokens.isEmpty }
  }

  private init(grids: FeatureMatrix, entries: [Entry]) { (self.grids, self.entries) = (grids, entries) }

  var count: Int { entries.count }

  func selecting(_ indices: [Int]) -> CaptionSet { CaptionSet(grids: grids, entries: indices.map { entries[$0] }) }

  func sortedByLength(_ indices: ArraySlice<Int>) -> [Int] {
    indices.sorted { (entries[$0].tokens.count, $0) < (entries[$1].tokens.count, $1) }
  }

  /// The captions of some pictures.
  func ofPictures(_ pictures: Set<Int>) -> CaptionSet {
    CaptionSet(grids: grids, entries: entries.filter { pictures.contains($0.picture) })
  }
}

extension CaptionSet.Entry {
  /// A teacher's steps in a vocabulary; what the vocabulary lacks is left to the rest.
  fileprivate init(picture: Int, _ distribution: CaptionDistribution, vocabulary: CaptionVocabulary, maximum: Int) {
    func token(_ token: CaptionDistribution.Token) -> Int32 {
      switch token {
      case .end: CaptionVocabulary.end
      case .word(let word): vocabulary.token(word)
      }
    }
    let steps = distribution.steps.prefix(maximum + 1)
    self.init(
      picture: picture, tokens: steps.map { token($0.token) }.filter { $0 != CaptionVocabulary.end },
      distributions: steps.map { step in
        step.probabilities.map { (token($0.key), $0.value) }.filter { $0.0 != CaptionVocabulary.unknown }
          .sorted { ($0.1, $1.0) > ($1.1, $0.0) }
      })
  }
}
