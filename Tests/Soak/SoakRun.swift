import Foundation
import Kafka

/// Does what a plan says with a deployment, and keeps book.
actor SoakRun {
  private let plan: SoakPlan
  private let deployment: SoakDeployment
  private let report: @Sendable (_ done: Int, _ note: String) -> Void
  private(set) var samples = 0
  private(set) var odd: [(message: OddMessage, number: Int)] = []
  /// Odd messages that no broker takes.
  private(set) var untaken = 0
  private(set) var crashes = 0
  /// Why it could not go on to its end; `nil` where it did.
  private(set) var trouble: String?
  private var done = 0

  /// - Parameter report: called with the messages that have their outcome.
  init(plan: SoakPlan, deployment: SoakDeployment, report: @escaping @Sendable (Int, String) -> Void) {
    self.plan = plan
    self.deployment = deployment
    self.report = report
  }

  private var sent: Int { samples + odd.count }

  /// Runs to the end, or until nothing moves any more.
  /// - Returns: what was sent, against what stands in the database.
  func run() async throws -> SoakVerdict {
    var options = ProducerOptions()
    options.maximumMessageBytes = 64 << 20
    let producer = try Producer(settings: deployment.kafka, options: options)
    let feed = Feed(
      samples: deployment.samples, producer: producer, topics: deployment.topics, database: deployment.database
    ) { [weak self] in
      await self?.note(done: $0)
    }
    do {
      for step in plan.steps { try await perform(step, feed) }
    } catch let error as SoakError { trouble = error.description }
    let verdict = try await settle()
    try await producer.close()
    return verdict
  }

  private func perform(_ step: SoakPlan.Step, _ feed: Feed) async throws {
    switch step {
    case .samples(let numbers):
      try await feed.send(numbers, after: sent)
      samples = numbers.upperBound
    case .odd(let message, let number):
      guard try await feed.send(message, number: number, after: sent) else { return untaken += 1 }
      odd.append((message, number))
    case .kill(let worker):
      try await waitForStart(of: worker)
      await deployment.crew.kill(worker)
    case .start(let worker): try await deployment.crew.start([worker])
    case .stop(let worker):
      try await waitForStart(of: worker)
      await deployment.crew.stop(worker)
    case .crashDatabase:
      try await deployment.database.crash()
      crashes += 1
    }
  }

  /// A worker that was ended a moment ago is being started again.
  private func waitForStart(of worker: Worker) async throws {
    for _ in 0..<100 where await !deployment.crew.isRunning(worker) { try await Task.sleep(for: .milliseconds(100)) }
  }

  private func note(done: Int) async {
    self.done = done
    let (kills, ends) = (await deployment.crew.kills, await deployment.crew.unasked.count)
    report(done, "\(kills) kills\(ends > 0 ? ", \(ends) workers ended by themselves" : "")")
    await deployment.crew.measureMemory(at: Double(sent) / Double(plan.samples))
  }

  /// Waits for the last outcomes, as long as there are new ones.
  private func settle() async throws -> SoakVerdict {
    var patience = Patience()
    while true {
      let done = try await deployment.database.outcomes()
      await note(done: done)
      if done >= sent || trouble != nil {
        let verdict = SoakVerdict(samples: 0..<samples, odd: odd, found: try await deployment.database.found())
        if verdict.faults.isEmpty || trouble != nil { return verdict }
        // As many outcomes as messages: what is wrong now will hardly come right.
        patience.limit = .seconds(20)
      }
      do { try patience.wait(done, "\(done) of \(sent) messages have an outcome") } catch let error as SoakError {
        trouble = error.description
      }
      try await Task.sleep(for: .milliseconds(500))
    }
  }
}
