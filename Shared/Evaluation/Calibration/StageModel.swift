import Cascade
import SmallModel

/// A small model, ready to answer, at its place in the cascade.
package struct StageModel: Sendable {
  package let artifact: SmallModelArtifact
  package let stage: CascadeStage
  /// T, above 0.
  package let temperature: Float
  private let folded: FoldedTextCNN

  /// - Throws: `EvaluationError` where the card has no threshold.
  package init(_ artifact: SmallModelArtifact, as answeredBy: AnsweredBy) throws {
    let card = artifact.card
    guard let threshold = card.thresholds[ModelCard.shuntThreshold] else {
      throw EvaluationError(
        "model \(card.version) has no threshold \"\(ModelCard.shuntThreshold)\" in its card; calibrate it with 'shunt calibrate'"
      )
    }
    self.artifact = artifact
    stage = CascadeStage(answeredBy: answeredBy, version: card.version, threshold: Float(threshold))
    temperature = Float(card.temperature)
    folded = try FoldedTextCNN(artifact.network, tokenCounts: artifact.tokenCounts)
  }

  /// The tokens of texts as the model reads them.
  package func tokens(_ texts: some Sequence<String>) -> TokenizedTexts {
    TokenizedTexts(texts, tokenizer: artifact.tokenizer, maximum: artifact.card.training.maximumTokens)
  }

  /// [texts × classes]
  package func logits(_ texts: TokenizedTexts) throws -> [Float] { try folded.logits(texts) }
}
