/// The tokens of a vocabulary that stand for no text.
struct SpecialTokens {
  let padding: String
  let unknown: String
  let beginning: String
  let end: String
  /// Those that a text may hold besides.
  let others: [String]

  var all: [String] { [padding, unknown, beginning, end] + others }

  /// BERT's (Devlin et al. 2019).
  static let bert = Self(padding: "[PAD]", unknown: "[UNK]", beginning: "[CLS]", end: "[SEP]", others: ["[MASK]"])
  /// MPNet's, which stand beside BERT's vocabulary (Song et al. 2020, https://arxiv.org/abs/2004.09297).
  static let mpnet = Self(
    padding: "<pad>", unknown: "[UNK]", beginning: "<s>", end: "</s>", others: ["<mask>", "<unk>"])

  /// Whose vocabulary it is: BERT's has no token `<s>`.
  static func of(_ table: TokenTable) -> SpecialTokens {
    table.id(of: mpnet.beginning) != nil && table.id(of: mpnet.end) != nil ? mpnet : bert
  }
}
