import Cascade
import Content
import Foundation
import SmallModel
import TestSupport
import Testing

/// Captioners one behind the other.
@Suite struct CaptionCascadeTests {
  private static func image(_ red: UInt8, _ green: UInt8, _ blue: UInt8) -> Input {
    Input(image: .data(PlainPNG.file([red, green, blue]), mediaType: "image/png"))
  }

  /// Red alone, green of ⅔, blue of ½.
  private static let inputs = [image(200, 0, 0), image(40, 160, 40), image(60, 60, 120)]

  private static func cascade(_ thresholds: [Float]) -> CaptionCascade {
    CaptionCascade(
      thresholds.enumerated().map { index, threshold in
        let stage = CascadeStage(answeredBy: index == 0 ? .specific : .learnable, version: "v", threshold: threshold)
        return CaptionCascade.Member(stage: stage, predictor: ColourCaptioner())
      })
  }

  @Test func eachStageSeesWhatTheOneBeforeWasUnsureOf() throws {
    let batch = try Self.cascade([0.9, 0.6]).shunt(Self.inputs, scratch: PredictionScratch())
    #expect(batch.decisions[0] == .easy(stage: 0, confidence: 1))
    guard case .easy(stage: 1, _) = batch.decisions[1] else {
      Issue.record("the second stage is sure of green: \(batch.decisions[1])")
      return
    }
    #expect(batch.decisions[2] == .hard)
    #expect(batch.caption(ofStage: 0, sample: 2)?.text == "a blue picture")
    #expect(batch.caption(ofStage: 1, sample: 0) == nil)
    #expect(batch.caption(ofStage: 1, sample: 2)?.text == "a blue picture")
  }

  @Test func withoutCaptionersEverythingIsHard() throws {
    let none = CaptionCascade([])
    #expect(none.reads.isEmpty)
    #expect(try none.shunt(Self.inputs, scratch: PredictionScratch()).decisions == [.hard, .hard, .hard])
  }

  @Test func confidenceIsTheGeometricMeanUntilItIsCalibrated() throws {
    let plain = try ColourCaptioner().captions(Self.inputs)
    #expect(abs(plain[1].confidence - 160.0 / 240) < 0.02)
    let calibrated = try ColourCaptioner(calibration: CaptionCalibration(intercept: 0, slope: 2)).captions(Self.inputs)
    #expect(calibrated[0].confidence == 0.5)
    #expect(calibrated[1].confidence < 0.5 && calibrated[1].meanLogProbability == plain[1].meanLogProbability)
  }

  /// Weights of a strange file may come to no number: nobody is sure of such a caption.
  @Test func whatIsNoNumberHasNoConfidence() {
    for calibration in [nil, CaptionCalibration(intercept: 2, slope: 1)] {
      for number in [Float.nan, -.infinity] {
        let caption = GeneratedCaption(text: "a", meanLogProbability: number, tokens: 2, calibration: calibration)
        #expect(caption.confidence == 0)
      }
    }
  }

  @Test func aCalibratedConfidenceIsTheExpectedQuality() throws {
    // Qualities of σ(1 + 2 x − 0.1 tokens): the fit finds them again.
    let truth = CaptionCalibration(intercept: 1, slope: 2, lengthSlope: -0.1)
    let captions = (0..<400).map {
      GeneratedCaption(text: "a", meanLogProbability: Float($0) / -100, tokens: 2 + $0 % 7, calibration: truth)
    }
    let fitted = try CaptionCalibration(of: captions, qualities: captions.map(\.confidence))
    #expect(abs(fitted.intercept - 1) < 0.01 && abs(fitted.slope - 2) < 0.01 && abs(fitted.lengthSlope + 0.1) < 0.01)
    let card = Data(#"{"intercept":1,"slope":2}"#.utf8)
    let before = try JSONDecoder().decode(CaptionCalibration.self, from: card)
    #expect(before == CaptionCalibration(intercept: 1, slope: 2))
  }

  /// Long captions are bad, and the surer of equally long ones no better.
  @Test func whereSurerCaptionsAreNoBetterTheirLengthTells() throws {
    let captions = (0..<40).map {
      GeneratedCaption(text: "a", meanLogProbability: Float($0 % 4) / -4, tokens: $0 < 20 ? 4 : 8, calibration: nil)
    }
    let qualities: [Float] = captions.map { ($0.tokens == 4 ? 0.8 : 0.2) - $0.meanLogProbability / 10 }
    let fitted = try CaptionCalibration(of: captions, qualities: qualities)
    #expect(fitted.slope == 0)
    for (tokens, quality) in [(4, Float(0.8375)), (8, 0.2375)] {
      #expect(abs(fitted.confidence(meanLogProbability: -0.1, tokens: tokens) - quality) < 0.01)
    }
  }

  /// Of captions that are all as long, the number of tokens and the intercept cannot be told apart.
  @Test func captionsOfOneLengthAreCalibratedAsAnyOthers() throws {
    let truth = CaptionCalibration(intercept: 4, slope: 3)
    let captions = (0..<60).map {
      GeneratedCaption(text: "a", meanLogProbability: Float($0) / -60, tokens: 6, calibration: truth)
    }
    let fitted = try CaptionCalibration(of: captions, qualities: captions.map(\.confidence))
    for caption in captions {
      let expected = fitted.confidence(meanLogProbability: caption.meanLogProbability, tokens: caption.tokens)
      #expect(abs(expected - caption.confidence) < 0.01)
    }
  }

  @Test func whereSurerCaptionsAreNoBetterAllHaveTheMeanQuality() throws {
    let captions = [-1, -2, -3, -4].map {
      GeneratedCaption(text: "a", meanLogProbability: $0, tokens: 2, calibration: nil)
    }
    let fitted = try CaptionCalibration(of: captions, qualities: [0.1, 0.2, 0.3, 0.4])
    #expect(fitted.slope == 0)
    #expect(abs(fitted.confidence(meanLogProbability: -1, tokens: 2) - 0.25) < 1e-3)
    #expect(throws: SmallModelError.self) { try CaptionCalibration(of: captions, qualities: []) }
    #expect(throws: SmallModelError.self) { try CaptionCalibration(of: [], qualities: []) }
  }
}
