/// The words of a caption as the COCO caption evaluation counts them: those of Stanford's Penn Treebank tokenizer, in lower
/// case, without the punctuation that `coco-caption` takes out.
///
/// `isn't` is `is n't`, `man's` is `man 's`, `t-shirt`, `3.5` and `u.s.` are one word. Brackets stay, as there: `(` is
/// `-lrb-`. What never comes up in captions is not told apart as that tokenizer does it: addresses of the web, markup,
/// and the names of currencies.
public enum CaptionTokens {
  /// The words, in order; none for a caption without any.
  public static func tokens(of caption: String) -> [String] {
    var tokens: [String] = []
    for chunk in caption.lowercased().unicodeScalars.split(whereSeparator: \.properties.isWhitespace) {
      var scanner = CaptionScanner(Array(chunk))
      while let token = scanner.next() { tokens += token }
    }
    return tokens
  }
}
