/// How often each run of words comes up in a caption, by its length 1 to 4.
struct NGrams {
  /// The longest run that is counted.
  static let longest = 4
  /// How many words the caption has.
  let length: Int
  /// [4]: how often each run of n + 1 words comes up.
  let counts: [[ArraySlice<String>: Int]]

  init(_ caption: String) {
    let tokens = CaptionTokens.tokens(of: caption)
    length = tokens.count
    counts = (1...Self.longest).map { length in
      var counts: [ArraySlice<String>: Int] = [:]
      for start in 0..<max(0, tokens.count - length + 1) { counts[tokens[start..<start + length], default: 0] += 1 }
      return counts
    }
  }
}
