import Foundation

/// CIDEr-D (Vedantam, Zitnick & Parikh 2015, section 6): how much captions agree with what people wrote, rare runs of words
/// counting more.
///
/// As in the released code, and so in every published figure, a run's term frequency is its plain count; the paper's
/// equation (1) divides it by the caption's number of runs, which changes where counts are clipped.
public struct CIDErD: Sendable {
  /// σ of the Gaussian penalty of a difference in length, in words.
  private static let sigma = 6.0
  /// [4]: how many pictures have each run in one of their references.
  private let documents: [[ArraySlice<String>: Double]]
  private let logPictures: Double
  private let references: [[Weighted]]

  /// Counts in how many pictures' references each run of words comes up.
  /// - Parameter references: [pictures][references], of each picture one at least.
  public init(references: [[String]]) {
    let counted = references.map { $0.map(NGrams.init) }
    let documents = (0..<NGrams.longest).map { order in
      var documents: [ArraySlice<String>: Double] = [:]
      for picture in counted {
        for run in Set(picture.flatMap { $0.counts[order].keys }) { documents[run, default: 0] += 1 }
      }
      return documents
    }
    let logPictures = log(Double(max(1, references.count)))
    self.documents = documents
    self.logPictures = logPictures
    self.references = counted.map { $0.map { Weighted($0, documents, logPictures) } }
  }

  /// [pictures]: each 0 to 10, of captions of the same pictures in the same order.
  public func scores(of captions: [String]) -> [Double] {
    precondition(captions.count == references.count, "a caption for each picture")
    return zip(captions, references).map { caption, references in
      guard !references.isEmpty else { return 0 }
      let candidate = Weighted(NGrams(caption), documents, logPictures)
      return 10 * references.reduce(0) { $0 + candidate.similarity($1, sigma: Self.sigma) } / Double(references.count)
    }
  }

  /// The mean over the pictures, 0 to 10; 0 without any.
  public func score(of captions: [String]) -> Double {
    scores(of: captions).reduce(0, +) / Double(max(1, captions.count))
  }

  /// A caption's runs with their weights: count × log(pictures ÷ pictures that have it).
  private struct Weighted: Sendable {
    let length: Int
    let weights: [[ArraySlice<String>: Double]]
    let norms: [Double]

    init(_ caption: NGrams, _ documents: [[ArraySlice<String>: Double]], _ logPictures: Double) {
      length = caption.length
      weights = zip(caption.counts, documents).map { counts, documents in
        counts.reduce(into: [:]) { weights, run in
          weights[run.key] = Double(run.value) * (logPictures - log(documents[run.key] ?? 1))
        }
      }
      norms = weights.map { sqrt($0.values.reduce(0) { $0 + $1 * $1 }) }
    }

    /// The mean over runs of 1 to 4 words of the cosine, this caption's weights clipped to the reference's, 0 to 1.
    func similarity(_ reference: Weighted, sigma: Double) -> Double {
      let difference = Double(length - reference.length)
      let cosines = (0..<NGrams.longest).map { order -> Double in
        let norm = norms[order] * reference.norms[order]
        guard norm > 0 else { return 0 }
        return weights[order].reduce(0) { sum, run in
          let other = reference.weights[order][run.key] ?? 0
          return sum + min(run.value, other) * other
        } / norm
      }
      return exp(-difference * difference / (2 * sigma * sigma)) * cosines.reduce(0, +) / Double(NGrams.longest)
    }
  }
}
