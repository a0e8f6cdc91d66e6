import Content

/// What a large model can and needs, as data. Who uses one asks for this, never for its type or for the kind that its
/// settings name, so that a new kind is used rightly by all that are there.
public struct LargeModelTraits: Sendable, Equatable {
  /// What it reads of an input.
  public var reads: Set<Input.Kind> = [.text]
  /// What it can answer with.
  public var replies: Set<Reply.Kind> = [.label]
  /// Whether it knows a sample by its id, and never looks at an image.
  public var knowsByID = false
  /// Whether its answers have probabilities of their own, which differ from sample to sample and can be weighed.
  public var givesProbabilities = true
  /// Whether it can be asked about some of the task's labels alone.
  public var takesFewerCandidates = true
  /// Whether it takes a small model's probabilities, or its caption, into account by itself, as in a prompt; else
  /// probabilities are multiplied with its own.
  public var readsProbabilities = false
  /// Whether an answer costs money.
  public var hasPrice = false
  /// Whether a head must be fitted before it can answer.
  public var needsHead = false
  /// Whether a captioner must be trained before it can answer.
  public var needsCaptioner = false
  /// Requests that a server is sent a minute by all workers of the task; `nil` for no limit.
  public var requestsPerMinute: Double?
  /// Tokens likewise, those that go in and those that come out together.
  public var tokensPerMinute: Double?
  /// How many samples it is asked about at once, each by itself, where it is a server, which may be away; `nil` for a
  /// model in this process, which is asked about many together.
  public var concurrency: Int?

  /// A model in this process that reads texts and answers with probabilities.
  public init() {}

  /// Whether images that samples only name must be fetched for it.
  public var looksAtImages: Bool { reads.contains(.image) && !knowsByID }
  /// Whether it is asked over a network, and so may be away.
  public var isServer: Bool { concurrency != nil }
}
