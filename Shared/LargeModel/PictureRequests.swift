import Content
import Encoders
import Images

extension [LargeModelRequest] {
  /// Answers about pictures: those that can be decoded are encoded together; the others fail, each by itself.
  /// - Parameters:
  ///   - encode: gives a row of features for each picture.
  ///   - answer: makes the answer of a request, by its place in self, from its picture's features.
  func answers(
    encode: ([Picture]) async throws -> FeatureMatrix,
    answer: (_ place: Int, _ features: ArraySlice<Float>) throws(LargeModelError) -> LargeModelAnswer
  ) async throws -> [Result<LargeModelAnswer, LargeModelError>] {
    let pictures = map { request in Result { () throws(LargeModelError) in try request.picture() } }
    let features = try await encode(pictures.compactMap { if case .success(let picture) = $0 { picture } else { nil } })
    var row = 0
    return pictures.enumerated().map { place, picture in
      picture.flatMap { _ in
        defer { row += 1 }
        return Result { () throws(LargeModelError) in try answer(place, features[row]) }
      }
    }
  }
}

extension LargeModelRequest {
  /// The input's image.
  /// - Throws: `LargeModelError` with the sample to blame, where there is none or it cannot be decoded.
  fileprivate func picture() throws(LargeModelError) -> Picture {
    guard case .data(let bytes, _) = input.image else {
      throw LargeModelError(.noAnswer, "the sample has no image, which the large model reads")
    }
    do { return try ImageDecoder(bounds: .widest).decode(bytes) } catch {
      throw LargeModelError(.noAnswer, "the image cannot be read: \(error)", reason: "the image cannot be read")
    }
  }
}
