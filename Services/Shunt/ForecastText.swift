import Cascade
import Evaluation
import Tasks
import Terminal

/// A forecast, for people.
struct ForecastText: CustomStringConvertible {
  let description: String

  /// - Parameter name: the file's.
  init(_ forecast: StreamForecast, models: ForecastModels, hasPictures: Bool, of name: String) {
    let rows =
      forecast.sampled == forecast.rows
      ? "\(NumberText.count(forecast.rows)) rows of \(name), all looked at"
      : "\(NumberText.count(forecast.rows)) rows of \(name), \(NumberText.count(forecast.sampled)) of them looked at"
    let hard = "hard: \(models.lack == nil ? Self.share(forecast.hardShare) : percent(forecast.hardShare.estimate))"
    let notes = Self.notes(forecast, models, hasPictures: hasPictures)
    description = """
      \(rows); nothing was asked
      \(models.lack.map { "\(hard); \($0)" } ?? hard)

      \(Self.table(forecast))
      \(notes.joined(separator: "\n"))
      """
  }

  private static func share(_ share: Interval) -> String {
    share.lower == share.upper
      ? percent(share.estimate) : "\(percent(share.estimate)) (\(percent(share.lower)) to \(percent(share.upper)))"
  }

  private static func table(_ forecast: StreamForecast) -> Table {
    let (shunt, alone) = (forecast.shunt, forecast.alone)
    var table = Table("", "shunt", "at most", "large model alone", "at most")
    func add(_ name: String, _ amount: KeyPath<AskingForecast, AskingForecast.Amount>, _ text: (Double) -> String) {
      let (first, second) = (shunt[keyPath: amount], alone[keyPath: amount])
      table.add(name, text(first.likely), text(first.most), text(second.likely), text(second.most))
    }
    add("questions", \.questions, AskingText.count)
    guard alone.requests.most > 0 else { return table }
    add("requests", \.requests, AskingText.count)
    add("tokens in", \.promptTokens, AskingText.count)
    add("tokens out", \.completionTokens, AskingText.count)
    if let first = shunt.cost, let second = alone.cost {
      let cells = [first.likely, first.most, second.likely, second.most].map(AskingText.money)
      table.add(["US dollars"] + cells)
    }
    if let first = shunt.seconds, let second = alone.seconds {
      let cells = [first.likely, first.most, second.likely, second.most].map { NumberText.time(seconds: $0) }
      table.add(["time by the limits"] + cells)
    }
    return table
  }

  private static func notes(_ forecast: StreamForecast, _ models: ForecastModels, hasPictures: Bool) -> [String] {
    let settings = models.definition.largeModel
    guard settings.traits.isServer else {
      return ["The large model runs on this machine: it takes no tokens and no money."] + unreadable(forecast)
    }
    var notes = ["Tokens are counted by bytes, 4 a token and at most 3; the server's own count decides."]
    if let most = settings.server.client.maximumTokens {
      notes.append("Of each answer all of max_tokens (\(NumberText.count(most))) are counted: nobody knows before.")
    }
    if hasPictures, settings.traits.reads.contains(.image) {
      notes.append("A picture is taken for image_tokens (\(NumberText.count(settings.server.client.imageTokens))).")
    }
    if !settings.traits.hasPrice {
      notes.append("What it costs nobody knows without large_model.chat_completions.prices.")
    }
    if forecast.alone.seconds == nil {
      notes.append(
        "No limits a minute are set: as fast as the server is, \(settings.server.client.concurrency) at once.")
    }
    return notes + unreadable(forecast)
  }

  private static func unreadable(_ forecast: StreamForecast) -> [String] {
    guard forecast.unreadableShare > 0 else { return [] }
    return ["\(percent(forecast.unreadableShare)) of the rows lack what the task's models read, and would be rejected."]
  }
}

/// What asking takes, in words and figures.
enum AskingText {
  static func count(_ value: Double) -> String { NumberText.count(Int(value.rounded())) }

  static func money(_ value: Double) -> String { NumberText.fixed(value, decimals: 4) }

  /// Such as `about 12,000 tokens, likely 0.0101, at most 0.0140 by its prices`.
  static func words(_ asking: AskingForecast) -> String {
    let tokens = "about \(count(asking.promptTokens.likely + asking.completionTokens.likely)) tokens"
    let price =
      asking.cost.map { "likely \(money($0.likely)), at most \(money($0.most)) by its prices" }
      ?? "at a cost that nobody knows without large_model.chat_completions.prices"
    let time = asking.seconds.map { ", \(NumberText.time(seconds: $0.likely)) or more by its limits" } ?? ""
    return "\(tokens), \(price)\(time)"
  }
}
