import Captioning
import LargeModel
import SmallModel

/// How a captioner of this process takes the small model's caption into account, which a server's model has in its prompt.
///
/// What is looked for is not the most probable caption but the best under two models, of which one has told all that it
/// followed and the other a single caption: a log-linear mixture (Och & Ney 2002) of the search's score and of how like the
/// small model's caption one is, by their sentence BLEU, as consensus decoding has it (Kumar & Byrne 2004).
struct SuggestedCaption {
  /// What a caption gains that is the small model's own, where that is certain to be right.
  let weight: Double

  /// Of candidates that of the largest score + weight · confidence · sentence BLEU with the suggestion; the first of equals.
  /// - Parameter candidates: the best first, one at least.
  func choice(of candidates: [CaptionCandidate], _ suggestion: LargeModelRequest.Suggestion?) -> GeneratedCaption {
    guard let suggestion, candidates.count > 1 else { return candidates[0].caption }
    let gain = weight * Double(suggestion.confidence)
    var best = (caption: candidates[0].caption, value: -Double.infinity)
    for candidate in candidates {
      let likeness = SentenceBLEU.quality(of: candidate.caption.text, references: [suggestion.caption])
      let value = candidate.score + gain * likeness
      if value > best.value { best = (candidate.caption, value) }
    }
    return best.caption
  }
}
