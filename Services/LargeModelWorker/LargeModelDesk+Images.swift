import Concurrency
import Content
import ImageFetch
import LargeModel

extension LargeModelDesk {
  /// A hard sample, and its input as the large model sees it. Only the latter holds an image that was fetched: a sample
  /// that waits keeps its reference.
  typealias Seen = (item: HardItem, input: Input)

  /// Samples whose images are there, fetched where they are references; of the others it is noted why not.
  /// - Throws: `CancellationError`.
  func fetched(
    _ items: [HardItem], by task: LargeModelTask, _ outcome: inout Outcome
  ) async throws -> [Seen] {
    guard task.traits.looksAtImages else { return items.map { ($0, $0.hard.sample.input) } }
    let files = try await items.concurrentMap { [images] item -> Result<FetchedImage, ImageFetchError>? in
      guard case .url(let url, _, let sha256) = item.hard.sample.input.image else { return nil }
      return try await images.result(url, sha256: sha256)
    }
    var seen: [Seen] = []
    for (item, file) in zip(items, files) {
      var input = item.hard.sample.input
      switch file {
      case .success(let file): input.image = .data(file.bytes, mediaType: input.image?.mediaType)
      case nil: break
      case .failure(let error) where error.isRejection:
        reject(item.withoutHash, "field \"image.url\": \(error)", [], kind: error.reason, &outcome)
        continue
      case .failure(let error):
        outcome.failed.append((item, LargeModelError(error)))
        continue
      }
      seen.append((item, input))
    }
    return seen
  }
}

extension HardItem {
  /// The same without the hash that the router found: replayed, the sample is looked at as it is then. One that the producer
  /// wrote itself goes, too: the router found the same, and a replay that demanded it would be rejected for ever.
  fileprivate var withoutHash: HardItem {
    guard case .url(let url, let mediaType, _) = hard.sample.input.image else { return self }
    var hard = hard
    hard.sample.input.image = .url(url, mediaType: mediaType)
    return HardItem(hard: hard, place: place, offset: offset, generation: generation, size: size)
  }
}

extension ImageFetchError {
  /// Whether the sample is rejected at once. Its address may be one that no router has looked at: where small models
  /// read texts alone, none fetches.
  fileprivate var isRejection: Bool { blame == .image }
}

extension LargeModelError {
  fileprivate init(_ error: ImageFetchError) {
    let blame: Blame =
      switch error.blame {
      case .image, .world: .world
      case .likelyWorld: .likelyWorld
      case .unclear: .unclear
      }
    self.init(
      .unavailable, error.description, blame: blame, cause: .images, reason: error.reason,
      retryAfter: error.retryAfter)
  }
}
