import Cascade
import LargeModel
import Testing

@testable import Evaluation

@Suite struct ForecastTests {
  private static func traits(
    price: Bool = true, requests: Double? = nil, tokens: Double? = nil
  ) -> LargeModelTraits {
    var traits = LargeModelTraits()
    traits.hasPrice = price
    (traits.requestsPerMinute, traits.tokensPerMinute) = (requests, tokens)
    return traits
  }

  private static let question = QuestionEstimate(
    requests: 2, likely: .init(promptTokens: 100, completionTokens: 1, cost: 0.001),
    most: .init(promptTokens: 130, completionTokens: 4, cost: 0.002))

  private static func looked(_ count: Int, hard: Int, unreadable: Int = 0) -> StreamForecast.Looked {
    var looked = StreamForecast.Looked()
    (looked.count, looked.hard, looked.unreadable) = (count, hard, unreadable)
    looked.hardQuestions = question.times(hard)
    looked.allQuestions = question.times(count - unreadable)
    return looked
  }

  @Test func allRowsLeaveNoDoubt() {
    let forecast = StreamForecast(rows: 200, looked: Self.looked(200, hard: 50), traits: Self.traits())
    #expect(forecast.hardShare == Interval(estimate: 0.25, lower: 0.25, upper: 0.25))
    #expect(forecast.shunt.questions == AskingForecast.Amount(likely: 50, most: 50))
    #expect(forecast.shunt.requests.likely == 100 && forecast.shunt.promptTokens.likely == 5000)
    #expect(forecast.shunt.promptTokens.most == 6500 && forecast.shunt.completionTokens.most == 200)
    #expect(abs((forecast.shunt.cost?.likely ?? 0) - 0.05) < 1e-12)
    #expect(abs((forecast.alone.cost?.most ?? 0) - 0.4) < 1e-12)
    #expect(forecast.shunt.seconds == nil)
  }

  @Test func aSampleIsDrawnOnToAllRowsAndItsDoubtIsCounted() {
    let forecast = StreamForecast(rows: 10_000, looked: Self.looked(100, hard: 25), traits: Self.traits(price: false))
    // Clopper and Pearson's interval of 25 in 100, by R's binom.test.
    #expect(abs(forecast.hardShare.lower - 0.1687797) < 1e-6 && abs(forecast.hardShare.upper - 0.3465525) < 1e-6)
    #expect(forecast.shunt.questions.likely == 2500)
    #expect(abs(forecast.shunt.questions.most - 3465.525) < 0.01)
    #expect(forecast.alone.questions == AskingForecast.Amount(likely: 10_000, most: 10_000))
    #expect(forecast.shunt.cost == nil)
  }

  @Test func theTighterLimitDecides() {
    func seconds(_ traits: LargeModelTraits) -> AskingForecast.Amount? {
      AskingForecast(Self.question.times(60), count: 60, traits: traits).seconds
    }
    #expect(seconds(Self.traits(requests: 60)) == AskingForecast.Amount(likely: 120, most: 120))
    #expect(seconds(Self.traits(requests: 6000, tokens: 6060))?.likely == 60)
    #expect(seconds(Self.traits(requests: 60, tokens: 1e9))?.most == 120)
    #expect(seconds(Self.traits()) == nil)
  }

  @Test(arguments: [(0, 0, 0), (10, 0, 10), (10, 0, 0)])
  func nothingToAskTakesNothing(count: Int, hard: Int, unreadable: Int) {
    let looked = Self.looked(count, hard: hard, unreadable: unreadable)
    let forecast = StreamForecast(rows: count, looked: looked, traits: Self.traits(requests: 10))
    #expect(forecast.shunt.questions.most == 0 && forecast.shunt.seconds?.most == 0)
    #expect(forecast.alone.questions.likely == Double(count - unreadable))
    #expect(forecast.unreadableShare == (count > 0 ? Double(unreadable) / Double(count) : 0))
  }
}
