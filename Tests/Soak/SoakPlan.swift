import Cascade

/// What a soak sends and whom it ends, all of it from a seed: the same seed, the same messages, the same order.
struct SoakPlan: Sendable {
  /// One thing to do; all are done in their order.
  enum Step: Sendable {
    /// Good samples of these numbers.
    case samples(Range<Int>)
    /// One of the odd messages, with the number that its id carries.
    case odd(OddMessage, number: Int)
    /// One more worker.
    case start(Worker)
    /// SIGKILL to a worker, which is started again.
    case kill(Worker)
    /// SIGTERM to a worker, which must end by itself with code 0, and is started again.
    case stop(Worker)
    /// Postgres ends without a checkpoint, and is started again.
    case crashDatabase
  }

  let steps: [Step]
  /// Good samples in all.
  let samples: Int

  /// - Parameters:
  ///   - samples: good samples.
  ///   - kills: SIGKILLs, spread over the workers and the run; a third as many SIGTERMs come with them.
  ///   - crashes: of Postgres.
  ///   - odd: messages that are sent `rounds` times each.
  ///   - added: workers that come one after the other.
  init(
    seed: UInt64, samples: Int, kills: Int, crashes: Int, odd: [OddMessage], rounds: Int, workers: [Worker],
    added: [Worker]
  ) {
    var generator = SplitMix64(seed: seed)
    self.samples = samples
    var odd = (0..<rounds).flatMap { _ in odd }
    odd.shuffle(using: &generator)
    var events = odd.enumerated().map { Step.odd($1, number: $0) }
    events += (0..<kills).map { .kill(workers[$0 % workers.count]) }
    events += (0..<kills / 3).map { .stop(workers[($0 * 2 + 1) % workers.count]) }
    events += added.map { .start($0) }
    events += (0..<crashes).map { _ in .crashDatabase }
    // Each at a place of its own, with samples around it: what happens to nobody proves nothing.
    events.shuffle(using: &generator)
    var steps: [Step] = []
    var sent = 0
    for (index, event) in events.enumerated() {
      let due = samples * (index + 1) / (events.count + 1)
      if due > sent { steps.append(.samples(sent..<due)) }
      sent = due
      steps.append(event)
    }
    steps.append(.samples(sent..<samples))
    self.steps = steps
  }
}
