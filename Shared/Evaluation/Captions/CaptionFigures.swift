import Captioning

/// How good captions are against what people wrote, as the COCO evaluation has it.
public struct CaptionFigures: Sendable, Codable, Equatable {
  /// How many pictures.
  public var count: Int
  /// The mean of BLEU-1 to BLEU-4 of the corpus, 0 to 1.
  public var bleu: Double
  /// BLEU-1 to BLEU-4 of the corpus, each 0 to 1.
  public var bleu1, bleu2, bleu3, bleu4: Double
  /// CIDEr-D, 0 to 10.
  public var cider: Double
  /// The mean over pictures of the sentence BLEU, 0 to 1: the quality that thresholds are chosen by.
  public var quality: Double
  /// The part of the pictures that the large model was asked about, 0 to 1.
  public var queryShare: Double

  /// Scores captions.
  /// - Parameters:
  ///   - captions: [pictures]
  ///   - references: [pictures][references]
  ///   - asksLarge: [pictures]: whether the large model was asked.
  public init(_ captions: [String], references: [[String]], asksLarge: [Bool]) {
    let counts = zip(captions, references).map { BLEUCounts($0, references: $1) }
    let bleu = BLEU(counts)
    count = captions.count
    self.bleu = bleu.mean
    (bleu1, bleu2, bleu3, bleu4) = (bleu.scores[0], bleu.scores[1], bleu.scores[2], bleu.scores[3])
    cider = CIDErD(references: references).score(of: captions)
    let total = Double(max(1, count))
    quality = counts.reduce(0) { $0 + SentenceBLEU.quality($1) } / total
    queryShare = Double(asksLarge.count { $0 }) / total
  }

  private enum CodingKeys: String, CodingKey {
    case count, bleu, cider, quality
    case bleu1 = "bleu_1"
    case bleu2 = "bleu_2"
    case bleu3 = "bleu_3"
    case bleu4 = "bleu_4"
    case queryShare = "query_share"
  }
}
