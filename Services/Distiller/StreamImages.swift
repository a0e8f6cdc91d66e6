import Content
import ImageFetch

/// Brings the images of stored answers that are kept by reference.
struct StreamImages: Sendable {
  let fetcher: ImageFetcher

  /// Answers whose images are there, in their order, and why the others' are not, each reason so often. What is away now
  /// teaches a later round.
  /// - Throws: `CancellationError`.
  func fetched(_ answers: [StreamAnswer]) async throws -> (answers: [StreamAnswer], missing: [String: Int]) {
    let files = try await withThrowingTaskGroup(of: (Int, Result<FetchedImage, ImageFetchError>).self) { group in
      for (place, answer) in answers.enumerated() {
        guard case .url(let url, _, let sha256) = answer.input.image else { continue }
        group.addTask { (place, try await fetch(url, sha256)) }
      }
      return try await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
    }
    var (present, missing) = ([StreamAnswer](), [String: Int]())
    for (place, answer) in answers.enumerated() {
      var answer = answer
      switch files[place] {
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

  private func fetch(_ url: String, _ sha256: String?) async throws -> Result<FetchedImage, ImageFetchError> {
    do { return .success(try await fetcher.fetch(url, sha256: sha256)) } catch let error as ImageFetchError {
      return .failure(error)
    }
  }
}
