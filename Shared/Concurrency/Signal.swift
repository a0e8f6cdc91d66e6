/// Tells a waiting task that something has changed. What is told before it waits is not lost; told twice counts once.
public struct Signal: Sendable {
  private let news: AsyncStream<Void>
  private let source: AsyncStream<Void>.Continuation

  /// A signal that has not been given.
  public init() { (news, source) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1)) }

  /// Lets who waits go on, or who waits next.
  public func give() { source.yield() }

  /// Lets who waits go on, now and for ever.
  public func end() { source.finish() }

  /// Waits until it is given. For one task at a time.
  /// - Returns: `false` once it has ended or the task is cancelled.
  public func wait() async -> Bool {
    var iterator = news.makeAsyncIterator()
    return await iterator.next() != nil
  }
}
