import Foundation
import FoundationNetworking
import Logging
import Metrics
import ServiceLifecycle
import Testing

@testable import WorkerRuntime

/// A real worker in a real group, asked over real HTTP on loopback.
@Suite struct RuntimeTests {
  private struct Answer: Equatable {
    let status: Int
    let body: String
  }

  private static func get(_ path: String, port: Int, authorization: String? = nil) async throws -> Answer {
    var request = URLRequest(url: try #require(URL(string: "http://127.0.0.1:\(port)\(path)")))
    if let authorization { request.setValue(authorization, forHTTPHeaderField: "Authorization") }
    let (data, response) = try await URLSession.shared.data(for: request)
    return Answer(
      status: try #require(response as? HTTPURLResponse).statusCode, body: String(decoding: data, as: UTF8.self))
  }

  private func runtime(drain: Duration = .seconds(60)) -> Runtime {
    Runtime(
      name: "test",
      settings: RuntimeSettings(log: LogSettings(level: .critical), http: HTTPSettings(), drainTimeout: drain))
  }

  @Test func endpointsFollowTheWorkersLife() async throws {
    let runtime = runtime()
    runtime.health.set("model", .starting("no version yet"))
    Counter(label: "runtime_tests.samples").increment(by: 7)
    let worker = SteppedService()
    let (ports, port) = AsyncStream.makeStream(of: Int.self)
    async let run: Void = inGroup(shutdownWhen: worker.stepped) {
      try await runtime.run([worker]) { port.yield($0) }
    }
    let address = try #require(await ports.first { _ in true })
    let starting = try await Self.get("/readyz", port: address)
    #expect(starting.status == 503)
    #expect(starting.body.contains("model: starting since ") && starting.body.hasSuffix(": no version yet\n"))
    runtime.health.set("model", .ready)
    #expect(try await Self.get("/readyz", port: address) == Answer(status: 200, body: "ok\n"))
    #expect(try await Self.get("/healthz", port: address) == Answer(status: 200, body: "ok\n"))
    let metrics = try await Self.get("/metrics", port: address)
    #expect(metrics.body.contains("# TYPE runtime_tests_samples_total counter\nruntime_tests_samples_total 7\n"))
    #expect(metrics.body.contains("process_resident_memory_bytes "))
    #expect(metrics.body.contains("\nhealth_ready 1\n"))
    #expect(try await Self.get("/nothing", port: address).status == 404)

    worker.beginShutdown()
    await worker.drainBegan()
    let draining = Answer(status: 503, body: "draining: shutdown has begun\n")
    #expect(try await Self.get("/readyz", port: address) == draining)
    #expect(try await Self.get("/healthz", port: address).status == 200)
    worker.finishDraining()
    try await run
  }

  @Test func aFailingServiceEndsTheOthersWithItsError() async throws {
    struct Broken: Error, CustomStringConvertible { let description = "the broker fenced this producer" }
    let runtime = runtime()
    let error = await #expect(throws: WorkerError.self) {
      try await runtime.run([WaitingService(), FailingService(error: Broken())])
    }
    #expect(error?.description == "FailingService: the broker fenced this producer")
    #expect(!runtime.health.state.isAlive)
  }

  @Test func aServiceThatEndsUnaskedIsAnError() async throws {
    let error = await #expect(throws: WorkerError.self) {
      try await runtime().run([WaitingService(), EndingService()])
    }
    #expect(error?.description == "EndingService ended though nothing asked it to")
  }

  @Test func aDrainThatTakesTooLongIsCutAndSaysSo() async throws {
    let (signals, signal) = AsyncStream.makeStream(of: Void.self)
    let error = await #expect(throws: WorkerError.self) {
      try await inGroup(shutdownWhen: signals) {
        try await runtime(drain: .milliseconds(1)).run([StuckService()]) { _ in signal.yield() }
      }
    }
    #expect(error?.description.contains("longer than worker.drain_timeout (1ms)") == true)
  }

  @Test func aWorkerAnswersAndCanBeEndedWhileItWaitsForWhatItNeeds() async throws {
    let runtime = runtime()
    let (ports, port) = AsyncStream.makeStream(of: Int.self)
    let (signals, signal) = AsyncStream.makeStream(of: Void.self)
    async let run: Void = inGroup(shutdownWhen: signals) {
      try await runtime.run(making: {
        // What it needs never comes.
        for await _ in AsyncStream<Void>.makeStream().stream {}
        try Task.checkCancellation()
        return [WaitingService()]
      }) { port.yield($0) }
    }
    let address = try #require(await ports.first { _ in true })
    #expect(try await Self.get("/healthz", port: address).status == 200)
    #expect(try await Self.get("/readyz", port: address).status == 503)
    signal.yield()
    try await run
  }

  @Test func servicesThatAreMadeRunAndFailAsOthersDo() async throws {
    struct Broken: Error, CustomStringConvertible { let description = "the broker fenced this producer" }
    let runtime = runtime()
    let error = await #expect(throws: WorkerError.self) {
      try await runtime.run(making: { [WaitingService(), FailingService(error: Broken())] })
    }
    #expect(error?.description == "FailingService: the broker fenced this producer")
    let unmade = await #expect(throws: WorkerError.self) { try await runtime.run(making: { throw Broken() }) }
    #expect(unmade?.description == "the broker fenced this producer")
  }

  /// Without the token only alive and ready can be told; with it, why not.
  @Test func aTokenGuardsWhatTellsMore() async throws {
    let health = Health()
    health.set("database", .starting("password authentication failed for user \"shunt\""))
    let (ports, port) = AsyncStream.makeStream(of: Int.self)
    let (done, finish) = AsyncStream.makeStream(of: Void.self)
    async let run: Void = inGroup(shutdownWhen: done) {
      try await HealthServer(
        settings: HTTPSettings(token: "s3cret-t0ken"), health: health, metrics: PrometheusRegistry(),
        logger: Logger(label: "test"), onListening: { port.yield($0) }
      ).run()
    }
    let address = try #require(await ports.first { _ in true })
    for wrong in [
      nil, "", "Bearer", "Bearer ", "Bearer s3cret", "Bearer s3cret-t0kens", "Bearer S3cret-t0ken",
      "Basic s3cret-t0ken",
      "s3cret-t0ken", "Bearer s3cret-t0ken x",
    ] {
      let ready = try await Self.get("/readyz", port: address, authorization: wrong)
      #expect(ready.status == 503 && !ready.body.contains("password"), "\(wrong ?? "none")")
      let alive = try await Self.get("/healthz", port: address, authorization: wrong)
      #expect(alive == Answer(status: 200, body: "ok\n"), "\(wrong ?? "none")")
      let metrics = try await Self.get("/metrics", port: address, authorization: wrong)
      #expect(metrics.status == 401 && !metrics.body.contains("process_"), "\(wrong ?? "none")")
    }
    for right in ["Bearer s3cret-t0ken", "bearer s3cret-t0ken"] {
      #expect(try await Self.get("/readyz", port: address, authorization: right).body.contains("password"))
      #expect(try await Self.get("/healthz", port: address, authorization: right).body.contains("password"))
      #expect(try await Self.get("/metrics", port: address, authorization: right).status == 200)
    }
    finish.yield()
    try await run
  }

  @Test func aTakenPortSaysWhatToSet() async throws {
    let first = Health()
    let (ports, port) = AsyncStream.makeStream(of: Int.self)
    let (done, finish) = AsyncStream.makeStream(of: Void.self)
    async let run: Void = inGroup(shutdownWhen: done) {
      try await HealthServer(
        settings: HTTPSettings(), health: first, metrics: PrometheusRegistry(), logger: Logger(label: "test"),
        onListening: { port.yield($0) }
      ).run()
    }
    let taken = try #require(await ports.first { _ in true })
    let second = HealthServer(
      settings: HTTPSettings(port: taken), health: first, metrics: PrometheusRegistry(), logger: Logger(label: "test"))
    let error = await #expect(throws: WorkerError.self) { try await second.run() }
    #expect(error?.description.contains("port \(taken)") == true)
    #expect(error?.description.contains("SHUNT_HTTP_PORT") == true)
    finish.yield()
    try await run
  }
}
