import LargeModel

/// Finds out whose fault it is that samples of a task get no answer: a value, fed with what becomes of questions.
///
/// A sample is charged with a failure only on evidence: it failed, another question was answered, and it failed again;
/// the less its failure looks like its own, the more often. Where no other sample can give that evidence, a control
/// question does: the same question about a harmless text. So what every sample would meet is charged to none, and what
/// is one sample's own is charged to it even where it is alone.
struct FaultAttribution<Sample: Hashable & Sendable>: Sendable {
  /// What is to become of a sample without an answer.
  enum Decision: Sendable, Equatable {
    /// It is its own fault.
    case reject
    /// It is asked about again later, others meanwhile; so often was it asked about in vain.
    case postpone(tries: Int)
    /// Nothing of the task is worth asking for a while.
    case hold
  }

  private struct Suspect {
    /// How often it was asked about in vain.
    var tries = 0
    /// Those of them before which another question was answered; the first one counts.
    var failures = 0
    /// Questions that had been answered when it last failed.
    var seen = 0
  }

  /// A reason that strikes more samples than this in a row is hardly theirs.
  static var few: Int { 3 }

  /// How many questions were answered; who asks keeps it until the outcome is there.
  private(set) var answered = 0
  private var suspects: [Sample: Suspect] = [:]
  private var struck: [String: Set<Sample>] = [:]

  /// A question was answered: a sample's, or a control question.
  mutating func succeeded(_ sample: Sample?) {
    answered += 1
    struck = [:]
    if let sample { suspects[sample] = nil }
  }

  /// A sample got no answer.
  /// - Parameter mark: `answered` when it was asked about.
  mutating func failed(_ sample: Sample, by error: LargeModelError, askedAt mark: Int) -> Decision {
    strike(sample, error.reason)
    guard let patience = error.blame.patience else { return .hold }
    var suspect = suspects[sample] ?? Suspect()
    if suspect.tries == 0 || answered > suspect.seen { suspect.failures += 1 }
    suspect.tries += 1
    suspect.seen = answered
    suspects[sample] = suspect.failures < patience ? suspect : nil
    if suspect.failures >= patience { return .reject }
    let isEverybodys = struck[error.reason, default: []].count > Self.few
    let isAlone = error.blame == .likelyWorld && answered == mark
    return isEverybodys || isAlone ? .hold : .postpone(tries: suspect.tries)
  }

  /// Whether a sample failed before and nothing was answered since: whether the server works is to be found out first.
  func needsControl(_ sample: Sample) -> Bool { suspects[sample].map { $0.seen == answered } ?? false }

  /// Forgets what is known of samples: they moved to another worker.
  mutating func forgetSamples() {
    suspects = [:]
    struck = [:]
  }

  private mutating func strike(_ sample: Sample, _ reason: String) {
    guard struck[reason, default: []].count <= Self.few else { return }
    struck[reason, default: []].insert(sample)
  }
}

extension LargeModelError.Blame {
  /// How often a sample must have failed, another question answered in between each time, before it is charged with it;
  /// `nil`: never.
  var patience: Int? {
    switch self {
    case .world: nil
    case .likelyWorld: 8
    case .unclear: 5
    case .likelySample: 2
    case .sample: 1
    }
  }
}
