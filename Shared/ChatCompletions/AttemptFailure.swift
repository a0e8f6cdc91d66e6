import JSON
import LargeModelFlow

/// Why one attempt gave no answer.
enum AttemptFailure: Error, Equatable {
  /// No connection, or it broke.
  case connection(String)
  /// One of the time limits ran out.
  case timedOut(String)
  /// An HTTP status other than 200, and what the server says of it.
  case status(Int, retryAfter: Duration?, code: String?, message: String)
  /// Not the JSON that it should be.
  case unreadable(String)
  /// More bytes than allowed.
  case tooLarge(Int)
  /// An answer that is no candidate.
  case outsideLabels(String)
  /// The model would not answer.
  case refused(String)

  /// In words, for the sample's rejection.
  var reason: String {
    switch self {
    case .connection(let text): "connection: \(text)"
    case .timedOut(let text): "timeout: \(text)"
    case .status(let status, _, _, let message): "HTTP \(status): \(Self.quoted(message))"
    case .unreadable(let text): "unreadable answer: \(text)"
    case .tooLarge(let limit): "the answer has more than \(limit) bytes"
    case .outsideLabels(let text): "the answer is no candidate: \(Self.quoted(text))"
    case .refused(let text): "the model refuses: \(Self.quoted(text))"
    }
  }

  /// Whether asking again may help.
  var isRetriable: Bool {
    switch self {
    case .status(let status, _, _, _): endpointRefuses || RetryPolicy.isRetriable(status: status)
    case .tooLarge: false
    default: true
    }
  }

  /// Whether the server should be given time before it is asked again; a healthy one that answered badly need not.
  var needsBackoff: Bool {
    switch self {
    case .outsideLabels, .refused: false
    default: true
    }
  }

  /// What it says of the endpoint's health. A rate limit is no illness; a refused key, quota or model is one that
  /// every sample would meet.
  var outcome: CircuitBreaker.Outcome {
    switch self {
    case .connection, .timedOut, .unreadable: .failure
    case .status(let status, _, _, _): endpointRefuses ? .refusal : (500...599).contains(status) ? .failure : .success
    case .tooLarge, .outsideLabels, .refused: .success
    }
  }

  /// What the server asked for.
  var retryAfter: Duration? {
    if case .status(_, let retryAfter, _, _) = self { retryAfter } else { nil }
  }

  private var endpointRefuses: Bool {
    guard case .status(let status, _, let code, _) = self else { return false }
    return [401, 402, 403, 404].contains(status) || code == "insufficient_quota"
  }

  /// A stranger's words, short and on one line.
  private static func quoted(_ text: String) -> String {
    let line = text.split(whereSeparator: \.isNewline).joined(separator: " ")
    return "\"\(line.cut(toBytes: 200))\""
  }
}
