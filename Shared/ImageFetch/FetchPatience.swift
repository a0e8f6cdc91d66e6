import LargeModelFlow

/// How often images were fetched in vain: values in, values out.
///
/// An image is charged with a failure that may be the world's only on evidence: it failed, another one of its place was
/// fetched, and it failed again, as often as the failure's blame asks for.
public struct FetchPatience: Sendable {
  /// What is to become of a sample whose image was not fetched.
  public enum Decision: Sendable, Equatable {
    /// It is the image's own fault.
    case reject
    /// It is fetched again after a while; whether others were fetched since it last failed.
    case wait(Duration, othersCome: Bool)
  }

  private struct Tries {
    var count = 0
    /// Those of them before which another image was fetched; the first one counts.
    var failures = 0
    /// Images that had been fetched when it last failed.
    var seen = 0
  }

  private let retry: RetryPolicy
  /// By place: another host's images say nothing of this one's.
  private var fetched: [String: Int] = [:]
  private var tries: [String: Tries] = [:]

  /// More than this many are forgotten: what failed is then tried anew.
  private static let most = 10_000

  /// Knows nothing yet.
  public init(retry: RetryPolicy = RetryPolicy(base: .seconds(1), cap: .seconds(60))) { self.retry = retry }

  /// An image was fetched.
  public mutating func succeeded(_ url: String) {
    fetched[Self.place(url), default: 0] += 1
    if !tries.isEmpty { tries[url] = nil }
  }

  /// An image was not fetched.
  public mutating func failed(_ url: String, by error: ImageFetchError) -> Decision {
    guard error.blame != .image else { return .reject }
    var tries = tries[url] ?? Tries()
    let fetched = fetched[Self.place(url), default: 0]
    let othersCome = tries.count > 0 && fetched > tries.seen
    if error.blame.patience != nil, tries.failures == 0 || othersCome { tries.failures += 1 }
    (tries.count, tries.seen) = (tries.count + 1, fetched)
    if let patience = error.blame.patience, tries.failures >= patience {
      self.tries[url] = nil
      return .reject
    }
    if self.tries.count >= Self.most { self.tries = [:] }
    self.tries[url] = tries
    return .wait(
      max(retry.ceiling(afterAttempt: tries.count), min(error.retryAfter ?? .zero, Self.longest)),
      othersCome: othersCome)
  }

  /// What waits is postponed together: one host's longer wish would hold up the others' images.
  private static let longest = Duration.seconds(60)

  /// What two addresses of one server share; addresses that cannot be read share one place.
  private static func place(_ url: String) -> String {
    do throws(ImageAddressError) {
      let address = try ImageAddress(url)
      return "\(address.scheme)://\(address.host):\(address.port)"
    } catch { return "" }
  }
}
