import Content
import Evaluation
import Foundation
import Terminal

/// Pictures with what both models say of them, as one HTML file that holds all it shows: for people to look at. Nothing of
/// it belongs into a project, because the pictures are others'.
public struct CaptionPage: Sendable {
  private let title: String
  private let threshold: Float
  private let pictures: [CaptionScoring.Outcome]
  private let distilled: [String: DistilledCaption]

  /// - Parameters:
  ///   - title: such as the experiment's name.
  ///   - threshold: δ.
  ///   - distilled: what the running system answered after distillation, by the pictures' ids; empty without it.
  public init(
    title: String, threshold: Float, pictures: [CaptionScoring.Outcome], distilled: [String: DistilledCaption] = [:]
  ) {
    (self.title, self.threshold, self.pictures, self.distilled) = (title, threshold, pictures, distilled)
  }

  /// Writes the page, whole or not at all.
  public func write(to url: URL) throws { try Data(html.utf8).write(to: url, options: .atomic) }

  /// The page.
  var html: String {
    """
    <!doctype html>
    <html lang="en"><head><meta charset="utf-8"><title>\(Markup.escaped(title))</title>
    <style>
    body { font: 15px/1.4 system-ui, sans-serif; margin: 2em auto; max-width: 60em; padding: 0 1em; }
    article { display: flex; gap: 1.2em; border-top: 1px solid #ccc; padding: 1em 0; }
    img { width: 224px; height: 224px; object-fit: cover; flex: none; }
    .answer { font-weight: bold; } .number { color: #666; font-weight: normal; } ul { margin: .3em 0; color: #444; }
    </style></head><body>
    <h1>\(Markup.escaped(title))</h1>
    <p>\(pictures.count) pictures. The caption in bold is the answer: the small model's where its confidence is at least
    \(Self.shown(threshold)), else the large model's. Quality is the sentence BLEU against the people's captions below.</p>
    \(pictures.map { article($0) }.joined(separator: "\n"))
    </body></html>

    """
  }

  private func article(_ picture: CaptionScoring.Outcome) -> String {
    """
    <article><img alt="" src="\(Self.address(picture.row.input.image))"><div>
    <p>\(Self.line("small", picture.small, isAnswer: !picture.asksLarge))<br>
    \(Self.line("large", picture.large, isAnswer: picture.asksLarge))\(distilledLine(picture.row.id))</p>
    <ul>\(picture.row.captions.map { "<li>\(Markup.escaped($0))</li>" }.joined())</ul>
    <p class="number">\(Markup.escaped(picture.row.id)), answered by the \(picture.asksLarge ? "large" : "small") model</p>
    </div></article>
    """
  }

  /// What the running system answered after distillation.
  private func distilledLine(_ id: String) -> String {
    guard let answer = distilled[id] else { return "" }
    return """
      <br>
      distilled: \(Markup.escaped(answer.text)) <span class="number">answered by the \(Markup.escaped(answer.answeredBy)) \
      model, quality \(Self.shown(answer.quality))</span>
      """
  }

  private static func line(_ name: String, _ caption: CaptionScoring.Outcome.Caption, isAnswer: Bool) -> String {
    let confidence = caption.confidence.map { "confidence \(shown($0))" } ?? "no confidence"
    return """
      \(name): <span\(isAnswer ? " class=\"answer\"" : "")>\(Markup.escaped(caption.text))</span> \
      <span class="number">\(confidence), quality \(shown(caption.quality))</span>
      """
  }

  private static func shown(_ number: Float) -> String { String(format: "%.3f", Double(number)) }

  /// The picture itself as an address; empty where its bytes are not at hand.
  private static func address(_ image: ImageSource?) -> String {
    guard let image, let bytes = image.fetched else { return "" }
    return "data:\(Markup.escaped(image.mediaType ?? "image/jpeg"));base64,\(Data(bytes).base64EncodedString())"
  }
}
