import Content
import Evaluation
import SmallModel

extension SmallModelArtifact {
  /// The same model with δ at the median of some inputs' confidences, so that half of such inputs are easy.
  func withMedianThreshold(of inputs: [Input]) throws -> SmallModelArtifact {
    let logits = try Logits(predictor(PredictorOptions(precision: .float32)), inputs)
    let confidences = logits.answers(temperature: Float(card.temperature)).top.map(\.probability)
    var card = card
    card.thresholds[ModelCard.shuntThreshold] = Double(confidences.sorted()[confidences.count / 2])
    return try with(card)
  }
}
