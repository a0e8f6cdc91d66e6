/// Words that the Penn Treebank's rules know by name.
enum CaptionWords {
  /// What an apostrophe begins after any word.
  static let clitics: Set<String> = ["s", "m", "d", "re", "ve", "ll"]
  /// What an apostrophe begins where nothing stands before it.
  static let shortened: Set<String> = ["em", "til", "cause", "tis", "twas"]

  /// Two words that are written as one.
  static let assimilations = [
    "cannot": ["can", "not"], "gonna": ["gon", "na"], "gotta": ["got", "ta"], "wanna": ["wan", "na"],
    "lemme": ["lem", "me"], "gimme": ["gim", "me"], "'tis": ["'t", "is"], "'twas": ["'t", "was"],
  ]

  /// Whether a dot behind a word belongs to it: behind one letter, letters with dots between, and abbreviations.
  static func keepsDot(_ word: String) -> Bool {
    let letters = word.split(separator: ".", omittingEmptySubsequences: false)
    return letters.allSatisfy { $0.count == 1 && $0.first?.isLetter == true } || abbreviations.contains(word)
  }

  private static let abbreviations: Set<String> = [
    "mr", "mrs", "ms", "dr", "jr", "sr", "st", "vs", "etc", "co", "inc", "ltd", "corp", "rd", "ave", "blvd", "ft", "mt",
    "jan", "feb", "mon", "sgt", "gov", "sen", "prof", "rev", "gen", "col", "capt", "lt", "aug", "sept", "oct", "nov",
    "dec", "dept", "est", "ext", "ph.d",
  ]
}
