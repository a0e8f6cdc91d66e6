import Concurrency
import Content
import ImageFetch

/// Brings the images of stored answers that are kept by reference.
struct StreamImages: Sendable {
  let fetcher: ImageFetcher

  /// Answers whose images are there, in their order, and why the others' are not, each reason so often. What is away now
  /// teaches a later round. Images that nobody reads are not fetched.
  /// - Parameter kinds: what the models read.
  /// - Throws: `CancellationError`.
  func fetched(
    _ answers: [StreamAnswer], for kinds: Set<Input.Kind>
  ) async throws -> (answers: [StreamAnswer], missing: [String: Int]) {
    guard kinds.contains(.image) else { return (answers.compactMap(\.withoutImage), [:]) }
    let whole = answers.filter { $0.input.image != nil }
    let files = try await whole.concurrentMap { answer -> Result<FetchedImage, ImageFetchError>? in
      guard case .url(let url, _, let sha256) = answer.input.image else { return nil }
      return try await fetcher.result(url, sha256: sha256)
    }
    var (present, missing) = ([StreamAnswer](), [String: Int]())
    if whole.count < answers.count {
      missing["they were too long to be kept (images.kept_bytes)"] = answers.count - whole.count
    }
    for (var answer, file) in zip(whole, files) {
      switch file {
      case nil: break
      case .success(let file): answer.input.image = .data(file.bytes, mediaType: answer.input.image?.mediaType)
      case .failure(let error):
        missing[error.reason, default: 0] += 1
        continue
      }
      present.append(answer)
    }
    return (present, missing)
  }
}

extension StreamAnswer {
  /// For models that read texts alone: two samples of one text are one, whatever images stand beside it. `nil` where
  /// nothing is left.
  fileprivate var withoutImage: StreamAnswer? {
    var answer = self
    answer.input.image = nil
    return answer.input.text == nil ? nil : answer
  }
}
