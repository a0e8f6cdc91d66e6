import Encoders
import ImageFetch
import Testing

@testable import Distiller

@Suite struct StreamScanTests {
  private func scan(_ bench: Bench) throws -> StreamScan {
    StreamScan(
      try ToyTask.definition(), results: bench.results, images: ImageSettings(), encoders: EncoderLibrary())
  }

  /// A stricter parity leaves less to the small model, and no version is left behind.
  @Test func tellsWhatASmallModelCouldAnswer() async throws {
    try await Bench.withoutSmallModel { bench in
      let report = try await scan(bench).run(newest: 5000) { _ in }
      #expect(report.task == "toy" && report.answers == 1200 && report.costPerAnswer == nil)
      #expect(report.points.map(\.learntFrom) == [150, 300, 600, 1200, 2400])
      #expect(report.points.map(\.isForecast) == [false, false, false, true, true])
      // 30 % of the answers are kept to calibrate on.
      #expect(report.points.map(\.moreAnswers) == [0, 0, 0, 515, 2229])
      for point in report.points {
        #expect(point.shares.map(\.parity) == [0.9, 0.95, 0.98])
        #expect(point.shares.map(\.share) == point.shares.map(\.share).sorted(by: >))
      }
      let easiest = report.points.compactMap { $0.shares.first?.share }
      #expect(easiest[2] > 0.5 && easiest.allSatisfy { (0...1).contains($0) }, "\(easiest)")
      #expect(try await bench.models.versions(task: "toy").isEmpty)
    }
  }

  @Test func tooFewAnswersTellNothing() async throws {
    try await Bench.withoutSmallModel(199) { bench in
      let error = await #expect(throws: DistillerError.self) { try await scan(bench).run(newest: 5000) { _ in } }
      #expect(error?.description.contains("199 answers") == true)
    }
  }

  @Test func aForecastDrawsOnWhatTheLastDoublingBrought() {
    func point(_ learntFrom: Int, _ share: Double) -> ScanReport.Point {
      ScanReport.Point(
        learntFrom: learntFrom, moreAnswers: 0, isForecast: false, shares: [.init(parity: 0.9, share: share)])
    }
    let shares = { (points: [ScanReport.Point]) in points.compactMap { $0.shares.first?.share } }
    #expect(shares(ScanReport.forecast([point(1, 0.25), point(2, 0.5)], answers: 4, held: 0.5)) == [0.625, 0.6875])
    #expect(shares(ScanReport.forecast([point(1, 0.5), point(2, 0.25)], answers: 4, held: 0.5)) == [0.25, 0.25])
    #expect(shares(ScanReport.forecast([point(1, 0), point(2, 0.9)], answers: 4, held: 0.5)) == [1, 1])
    #expect(ScanReport.forecast([], answers: 4, held: 0.5).isEmpty)
  }
}
