import ArgumentParser
import Content
import Evaluation
import Foundation
import Operations
import Terminal

extension LabelCommand {
  /// `shunt label ask`
  struct AskCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "ask", abstract: "Shows the samples that are worth a label most, one after the other.",
      discussion: """
        Of the newest answers whose truth nobody has told: where the small and the large model disagree, the surer the small
        one, the earlier (the large one may be wrong there); where who answered was unsure; and no two that are nearly the
        same. Only samples whose text or picture is kept can be shown (router.taught_share).

        Answer with a label's number, its name, or the beginning of its name; s skips, u takes the last word back, q ends.
        A caption is written out. Where standard input is no terminal, it is read line by line.

          shunt label tickets --by anna
        """)

    @Argument(help: "The task's folder, or its name.")
    var task: String

    @Option(name: .long, help: "Who says so. (default: the account's name)")
    var by: String?

    @Option(name: .long, help: "How many samples are shown at most.")
    var count = 50

    @Option(name: .long, help: "Choose among so many of the newest answers.")
    var newest = 2000

    @OptionGroup var settings: SettingsOption

    func validate() throws {
      guard count > 0 else { throw ValidationError("--count is \(count); give 1 or more") }
      guard newest > 0 else { throw ValidationError("--newest is \(newest); give 1 or more") }
    }

    func run() async throws {
      let deployment = try await settings.deployed()
      let task = try await deployment.labelledTask(task)
      let labelling = try await deployment.labelling(task, by: by ?? NSUserName(), newest: newest, count: count)
      guard !labelling.samples.isEmpty else {
        throw CommandError(
          "task \(task.name) has no answer to label whose text or picture is kept and whose truth is not known")
      }
      let pictures = ShownPictures()
      defer { pictures.remove() }
      try await ask(labelling, task, pictures)
    }

    private func ask(_ labelling: Labelling, _ task: LabelledTask, _ pictures: ShownPictures) async throws {
      var session = LabellingSession(count: labelling.samples.count, labels: task.labels)
      let page = LabellingPage(task, hasNumbers: session.hasNumbers)
      var (shown, recorded) = (Int?.none, 0)
      while let place = session.place {
        if shown != place {
          StandardOutput.say(
            page.text(labelling.samples[place], number: place + 1, of: labelling.samples.count, pictures))
        }
        shown = place
        guard let line = readLine() else { break }
        let outcome = session.take(line)
        if let note = outcome.note { StandardOutput.say(note) }
        try await labelling.record(outcome.said)
        recorded += outcome.said.count
      }
      let rest = session.end()
      try await labelling.record(rest)
      StandardOutput.say("\(NumberText.count(recorded + rest.count)) labels of task \(task.name) recorded")
    }
  }
}

/// How a sample is shown to who labels it.
private struct LabellingPage {
  private let labels: String
  private static let longest = 2000

  init(_ task: LabelledTask, hasNumbers: Bool) {
    let names = task.labels.enumerated().map { hasNumbers ? "\($0 + 1) \($1)" : $1 }
    let known = names.count <= 40 ? names.joined(separator: "   ") : "\(names.count) labels, by the beginning of a name"
    labels = "\(task.isCaptioned ? "write a caption" : known)   (s skip, u undo, q quit)"
  }

  func text(_ shown: Labelling.Shown, number: Int, of count: Int, _ pictures: ShownPictures) -> String {
    let input = shown.input
    let parts = [
      "[\(number) of \(count)] \(Self.why(shown.candidate))", input.text.map(Self.harmless),
      input.image.map { pictures.place(of: $0, number: number) }, labels,
    ]
    return "\n" + parts.compactMap(\.self).joined(separator: "\n")
  }

  private static func why(_ candidate: LabelCandidate) -> String {
    guard candidate.reason != .doubt, let specific = candidate.specific, let large = candidate.large else {
      return "unsure: \(opinion(candidate.answer))"
    }
    let what = candidate.reason == .likelyMistake ? "the large model may be wrong" : "the models disagree"
    return "\(what): small says \(opinion(specific)), large \(opinion(large))"
  }

  private static func opinion(_ opinion: LabelCandidate.Opinion) -> String {
    let confidence = opinion.confidence.map { NumberText.fixed(Double($0), decimals: 2) } ?? "of unknown confidence"
    return "\(harmless(opinion.reply)) \(confidence)"
  }

  /// A stranger's text without what a terminal would obey, and not endless.
  private static func harmless(_ text: String) -> String {
    let scalars = text.unicodeScalars.prefix(longest).map { scalar in
      scalar.properties.generalCategory == .control && scalar != "\n" && scalar != "\t" ? "\u{FFFD}" : scalar
    }
    let shown = String(String.UnicodeScalarView(scalars))
    return text.unicodeScalars.count > longest ? "\(shown) …" : shown
  }
}

/// Pictures that are shown, as files of a folder that goes at the end.
private final class ShownPictures {
  private let folder = FileManager.default.temporaryDirectory.appending(path: "shunt-label-\(UUID().uuidString)")
  private var hasFolder = false

  /// Where a picture can be looked at: its address, or a file that it is written to.
  func place(of image: ImageSource, number: Int) -> String {
    guard case .data(let bytes, let mediaType) = image else {
      if case .url(let url, _, _) = image { return url }
      return ""
    }
    let ending = mediaType?.split(separator: "/").last.map { $0.filter(\.isLetter) } ?? "image"
    let file = folder.appending(path: "\(number).\(ending)")
    do {
      if !hasFolder { try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true) }
      hasFolder = true
      try Data(bytes).write(to: file)
      return file.path
    } catch { return "the picture cannot be written to \(file.path): \(error.localizedDescription)" }
  }

  func remove() {
    guard hasFolder else { return }
    do { try FileManager.default.removeItem(at: folder) } catch {
      StandardError.say("\(folder.path) cannot be removed: \(error.localizedDescription)")
    }
  }
}
