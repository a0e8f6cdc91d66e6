import Foundation
import Kafka
import LargeModelWorker
import Messages
import PracticeServer
import Synchronization
import TestSupport
import Testing

@Suite("The whole worker against a chat-completions server", .ownTopics, .timeLimit(.minutes(5)), .serialized)
struct LargeModelWorkerTests {
  @Test("10,000 hard samples, a tenth of mixed faults: each ends in one answer or one rejection, within the limits")
  func mixedFaults() async throws {
    let faults: [Fault] = [
      .rateLimit(), .rateLimit(retryAfter: "0"), .status(500), .slow(.milliseconds(30)), .stalled, .cutOff, .brokenJSON,
      .wrongLabel, .refusal,
    ]
    let (count, concurrency, perMinute, burst) = (10_000, 100, 120_000.0, 0.002)
    let server = PracticeServer.Settings(faults: .mixed(share: 0.1, seed: 7, faults))
    try await PracticeServer.run(server, model: PracticeServer.namesake) { server in
      try await Rig.with { rig in
        let definition = try Rig.definition(
          server.endpoint,
          chat: Rig.retry + #","concurrency":\#(concurrency),"timeouts":{"silence":"2s"}"#
            + #","requests_per_minute":\#(perMinute),"burst":\#(burst)"#)
        try await rig.running(try await rig.worker(definition)) {
          try await rig.push(0..<count)
          let outcomes = try await rig.outcomes(count)
          #expect(outcomes.ids.count == count && Set(outcomes.ids).count == count)
          #expect(outcomes.answers.allSatisfy { $0.reply.label == Outcomes.fruit($0.id) && $0.answeredBy == .large })
          #expect(outcomes.rejections.allSatisfy { $0.attempts.count == 3 })
          // A thousandth is expected to fail three times.
          #expect(outcomes.rejections.count < 100)
        }
      }
      #expect(Set(server.ledger.faults.keys) == Set(faults))
      #expect(server.ledger.peak <= concurrency)
      // What is let out in a window, and what was on the way when it began: no more than may be in flight.
      for seconds in [0.5, 1, 5] {
        let requests = Double(server.ledger.mostRequests(in: .seconds(seconds)))
        #expect(requests <= perMinute * (burst + seconds / 60) + Double(concurrency))
      }
    }
  }

  @Test("200 are in flight at the server at once, and no more")
  func inFlight() async throws {
    let limit = 200
    let (full, source) = AsyncStream<Void>.makeStream()
    let arrived = Mutex(0)
    var settings = PracticeServer.Settings()
    // Nobody is answered before the limit is reached.
    settings.delay = { number in
      let count = arrived.withLock {
        $0 += 1
        return $0
      }
      if count == limit { source.finish() }
      if number < limit { for await _ in full {} }
    }
    try await PracticeServer.run(settings, model: PracticeServer.namesake) { server in
      try await Rig.with { rig in
        let definition = try Rig.definition(server.endpoint, chat: Rig.retry + #","concurrency":\#(limit)"#)
        try await rig.running(try await rig.worker(definition)) {
          try await rig.push(0..<3 * limit)
          #expect(try await rig.outcomes(3 * limit).answers.count == 3 * limit)
        }
      }
      #expect(server.ledger.peak == limit)
    }
  }

  @Test("A server that is away costs no sample: the task is held back until it answers again")
  func circuit() async throws {
    let server = PracticeServer.Settings(faults: .script(Array(repeating: .status(500), count: 40)))
    try await PracticeServer.run(server, model: PracticeServer.namesake) { server in
      try await Rig.with { rig in
        let definition = try Rig.definition(
          server.endpoint,
          chat: #","retry":{"attempts":2,"base":"1ms","cap":"1ms"}"#
            + #","circuit_breaker":{"minimum":1,"pause":"50ms"}"#)
        try await rig.running(try await rig.worker(definition)) {
          try await rig.push(0..<100)
          let outcomes = try await rig.outcomes(100)
          #expect(outcomes.answers.count == 100 && Set(outcomes.ids).count == 100)
        }
      }
    }
  }

  @Test("A worker that is killed amid its work loses no sample: what was not committed is asked about again")
  func killed() async throws {
    var settings = PracticeServer.Settings()
    let (reached, source) = AsyncStream<Void>.makeStream()
    let (never, holder) = AsyncStream<Void>.makeStream()
    // The 150th request and the hundred after it are never answered.
    settings.delay = { number in
      if number == 150 { source.finish() }
      if (150..<250).contains(number) { for await _ in never {} }
      try Task.checkCancellation()
    }
    try await PracticeServer.run(settings, model: PracticeServer.namesake) { server in
      try await Rig.with { rig in
        let definition = try Rig.definition(server.endpoint, chat: Rig.retry + #","concurrency":20"#)
        try await rig.push(0..<400)
        try await withThrowingTaskGroup(of: Void.self) { group in
          for service in try await rig.worker(definition) {
            // Cancelled, not shut down: it drops what it has, as a killed process does.
            group.addTask { do { try await service.run() } catch is CancellationError {} }
          }
          for await _ in reached {}
          group.cancelAll()
          try await group.waitForAll()
        }
        holder.finish()
        try await rig.running(try await rig.worker(definition)) {
          let outcomes = try await rig.outcomes(400)
          #expect(outcomes.answers.allSatisfy { $0.reply.label == Outcomes.fruit($0.id) })
          #expect(outcomes.rejections.isEmpty)
        }
      }
    }
  }

  @Test("No sample is lost where a worker comes in amid the work")
  func comesIn() async throws {
    let (count, concurrency) = (800, 20)
    let (begun, source) = AsyncStream<Void>.makeStream()
    var settings = PracticeServer.Settings()
    settings.delay = { number in
      if number == 2 * concurrency { source.finish() }
      try await Task.sleep(for: .milliseconds(300))
    }
    try await PracticeServer.run(settings, model: PracticeServer.namesake) { server in
      try await Rig.with { rig in
        let definition = try Rig.definition(server.endpoint, chat: Rig.retry + #","concurrency":\#(concurrency)"#)
        try await rig.running(try await rig.worker(definition)) {
          try await rig.push(0..<count / 2)
          for await _ in begun {}
          try await rig.running(try await rig.worker(definition)) {
            try await rig.push(count / 2..<count)
            let outcomes = try await rig.outcomes(count)
            #expect(outcomes.rejections.isEmpty && Set(outcomes.ids).count == count)
          }
        }
      }
    }
  }

  @Test("A sample that cannot be answered is rejected with every attempt's reason and its own text")
  func rejection() async throws {
    var settings = PracticeServer.Settings()
    settings.poison = { $0.text.contains("about") ? .refusal : nil }
    try await PracticeServer.run(settings, model: PracticeServer.namesake) { server in
      try await Rig.with { rig in
        let definition = try Rig.definition(server.endpoint, chat: Rig.retry)
        try await rig.running(try await rig.worker(definition)) {
          try await rig.push(0..<3)
          let rejections = try await rig.outcomes(3).rejections
          #expect(rejections.count == 3)
          for rejection in rejections {
            #expect(rejection.attempts.count == 3 && rejection.attempts.allSatisfy { $0.contains("refuses") })
            #expect(String(decoding: rejection.payload ?? [], as: UTF8.self).contains("about a"))
          }
        }
      }
    }
  }

  @Test("Two workers share one task's limit, as the server counts it")
  func limitsAcrossWorkers() async throws {
    let (count, concurrency, perMinute, burst) = (600, 10, 12_000.0, 0.001)
    try await PracticeServer.run(model: PracticeServer.namesake) { server in
      try await Rig.with { rig in
        let definition = try Rig.definition(
          server.endpoint,
          chat: Rig.retry + #","concurrency":\#(concurrency),"requests_per_minute":\#(perMinute),"burst":\#(burst)"#)
        var intervals = LargeModelUpkeep.Intervals()
        intervals.lease = .milliseconds(900)
        let services =
          try await rig.worker(definition, intervals: intervals)
          + rig.worker(definition, intervals: intervals)
        try await rig.running(services) {
          try await rig.push(0..<count)
          let outcomes = try await rig.outcomes(count)
          #expect(outcomes.rejections.isEmpty && Set(outcomes.ids).count == count)
          let row = try await rig.connection.query(
            "SELECT count(*) AS workers, sum(share) AS share FROM large_model_leases"
          ).one()
          let (workers, share): (Int, Double) = (try row["workers"], try row["share"])
          #expect(workers == 2 && share <= 1)
        }
        let left = try await rig.connection.query("SELECT count(*) AS n FROM large_model_leases").one()
        #expect(try left["n"] as Int == 0)
      }
      for seconds in [0.1, 0.5, 1] {
        let requests = Double(server.ledger.mostRequests(in: .seconds(seconds)))
        #expect(requests <= perMinute * (burst + seconds / 60) + Double(2 * concurrency))
      }
    }
  }

  @Test(
    "Throughput with 200 in flight and half a second of latency; measured where THROUGHPUT is set, and never asserted",
    .enabled(if: ProcessInfo.processInfo.environment["THROUGHPUT"] != nil))
  func throughput() async throws {
    let (count, concurrency, latency) = (6_000, 200, 0.5)
    var settings = PracticeServer.Settings()
    settings.setLatency(.seconds(latency))
    try await PracticeServer.run(settings, model: PracticeServer.namesake) { server in
      try await Rig.with { rig in
        let definition = try Rig.definition(server.endpoint, chat: Rig.retry + #","concurrency":\#(concurrency)"#)
        try await rig.running(try await rig.worker(definition)) {
          try await rig.push(0..<count)
          #expect(try await rig.outcomes(count).answers.count == count)
        }
      }
      // Between the first and the last arrivals that meet a full server.
      let times = server.ledger.arrivals.map(\.at).sorted().dropFirst(concurrency)
      guard let first = times.first, let last = times.last else { return }
      let rate = Double(times.count - 1) / (first.duration(to: last) / .seconds(1))
      print("throughput: \(rate) a second, \(rate / (Double(concurrency) / latency)) of concurrency ÷ latency")
    }
  }
}
