import Content
import Encoders

/// A stored captioner taken apart, for what measures its decoder alone.
package struct CaptionerParts: Sendable {
  private let network: StoredCaptioner<LSTMDecoderShape>
  private let decoder: any CaptionDecoder

  /// - Throws: `SmallModelError` for a captioner that is no LSTM.
  package init(_ artifact: CaptionerArtifact, precision: PredictorOptions.Precision) throws {
    guard let network = artifact.network as? StoredCaptioner<LSTMDecoderShape> else {
      throw SmallModelError(
        "\(artifact.card.version) is a \(artifact.network.architecture.name), not a captioner of an LSTM")
    }
    self.network = network
    decoder = try network.shape.decoder(network.weights, precision: precision)
  }

  /// What the decoder sees of pictures, a row each.
  package func grids(of inputs: [Input], _ encoders: EncoderLibrary) async throws -> FeatureMatrix {
    try await FrozenEncoder.images(network.loadedEncoder(encoders, threads: 1)).features(of: inputs, pooling: .grid)
  }

  /// The captions that the most probable token each time comes to, and the mean logarithm of its tokens' probabilities.
  package func greedyCaptions(_ grids: FeatureMatrix) throws -> [(tokens: [Int32], meanLogProbability: Float)] {
    var search = network.search
    search.width = 1
    return try decoder.captions(grids, search: search, temperature: 1).map { ($0.tokens, $0.meanLogProbability) }
  }
}
