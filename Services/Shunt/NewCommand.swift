import ArgumentParser
import Datasets
import Encoders
import Foundation
import Tasks
import Terminal

/// `shunt new`
struct NewCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "new", abstract: "Makes a task's folder: its task.json, and a page of every setting.",
    discussion: """
      Says what comes next. On a terminal it asks for what no option says. --data takes a file of labelled rows, as shunt
      train does, and parts it into rows to train on and rows to hold out. With labels alone a task begins without a small
      model: the large one answers everything, until its answers have taught the first. Nothing is overwritten.

        shunt new tickets --data tickets.csv --budget 20
        shunt new tickets --data tickets.csv --endpoint https://api.openai.com/v1 --model gpt-4.1-mini \\
          --key-variable OPENAI_API_KEY --agree 95
        shunt new tickets --labels billing,bug,praise

      Without --endpoint a sentence encoder on this machine is the large model: with --data it learns from the rows, else it
      compares texts with the labels' names. This is for one task; shunt init sets up broker and database for all of them.
      """)

  @Argument(help: "The task's folder, which is made; its last part is the task's name.")
  var task: String

  @Option(name: .long, help: "The labels, with commas between them. (default: those of --labels-from or --data)")
  var labels: String?

  @Option(name: .long, help: "A file with the labels in its label field; other fields need not be there.")
  var labelsFrom: String?

  @Option(name: .long, help: "A file of labelled rows, to train on and to hold out.")
  var data: String?

  @Option(name: .long, help: "The base address of a server with the chat-completions interface.")
  var endpoint: String?

  @Option(name: .long, help: "The model's name at the server.")
  var model: String?

  @Option(name: .long, help: "The environment variable that holds the server's API key.")
  var keyVariable: String?

  @Option(name: .long, help: "A sentence encoder on this machine. (default: \(ModelFetch.modelName))")
  var encoder: String?

  @Option(name: .long, help: "Of 100 easy answers at least so many are to be what the large model would have said.")
  var agree: Double?

  @Option(name: .long, help: "Of 100 samples the large model is asked about so many at most.")
  var budget: Double?

  @Option(name: .long, help: "Of 100 answers at least so many are to be right.")
  var accuracy: Double?

  @OptionGroup(title: "Rows") var rows: RowsOptions

  mutating func run() async throws {
    let files = NewTaskFiles(task)
    try files.checkFree()
    if Terminal.standardInput.isInteractive { ask() }
    let (large, goal) = (try largeModel(), try goal())
    let found = try data.map { try rows.labelled($0) }
    let outline = try TaskOutline(name: files.name, labels: labels(of: found), large: large, goal: goal)
    let next = try files.write(outline, rows: found)
    let names = ["task.json", "README.md"] + (found == nil ? [] : ["train.jsonl", "validation.jsonl"])
    StandardOutput.say("written to \(task): \(names.joined(separator: ", "))\nnext:")
    for line in next { StandardOutput.say("  \(line)") }
  }
}

// MARK: What the options say

extension NewCommand {
  private func labels(of rows: [DataRow]?) throws -> [String] {
    if let labels, labelsFrom != nil {
      throw ValidationError("--labels is \"\(labels)\", and --labels-from names a file; give one of them")
    }
    if let labels {
      return labels.split(separator: ",", omittingEmptySubsequences: false)
        .map { $0.trimmingCharacters(in: .whitespaces) }
    }
    guard let rows = try labelsFrom.map(rowsOfLabels) ?? rows else {
      throw ValidationError("labels: none are named; give --labels a,b, --labels-from FILE or --data FILE")
    }
    let (labels, field) = (rows.labels, self.rows.labelField ?? DataFields().label)
    guard labels.count <= 20 || labels.count * 2 <= rows.count else {
      throw ValidationError(
        "labels: \(rows.count) rows have \(labels.count) labels in field \"\(field)\"; name the right one with "
          + "--label-field")
    }
    return labels
  }

  /// A list of labels has no texts, so the label is read as one.
  private func rowsOfLabels(_ file: String) throws -> [DataRow] {
    var rows = rows
    rows.textField = rows.labelField ?? DataFields().label
    return try rows.labelled(file)
  }

  private func largeModel() throws -> TaskOutline.LargeModel {
    guard let endpoint else {
      for (option, value) in [("--model", model), ("--key-variable", keyVariable)] {
        guard let value else { continue }
        throw ValidationError("\(option) is \"\(value)\", which is a server's; name that with --endpoint URL")
      }
      let encoder = encoder ?? ModelFetch.modelName
      return data == nil ? .zeroShot(encoder: encoder) : .linearHead(encoder: encoder)
    }
    if let encoder {
      throw ValidationError(
        "--encoder is \"\(encoder)\", and --endpoint \"\(endpoint)\"; one large model answers, so give one")
    }
    guard let model else {
      throw ValidationError(
        "--endpoint is \"\(endpoint)\", and no model is named; give --model NAME, as the server calls it")
    }
    return .server(endpoint: endpoint, model: model, keyVariable: keyVariable)
  }

  private func goal() throws -> TaskOutline.Goal? {
    let options: [(name: String, value: Double?, range: ClosedRange<Double>, goal: (Double) -> TaskOutline.Goal)] = [
      ("--agree", agree, 50...99.99, { .agree($0) }), ("--budget", budget, 0...100, { .budget($0) }),
      ("--accuracy", accuracy, 1...100, { .accuracy($0) }),
    ]
    let given = options.filter { $0.value != nil }
    guard given.count < 2 else {
      throw ValidationError("\(given.map(\.name).joined(separator: ", ")): a task has one goal; give one of them")
    }
    guard let option = given.first, let value = option.value else { return nil }
    guard option.range.contains(value) else {
      let (low, high) = (option.range.lowerBound.formatted(), option.range.upperBound.formatted())
      throw ValidationError("\(option.name) is \(value); it counts of 100, such as 95, and is from \(low) to \(high)")
    }
    return option.goal(value / 100)
  }
}

// MARK: What a person is asked

extension NewCommand {
  /// Asks for what no option says; an empty line leaves it out.
  private mutating func ask() {
    if labels == nil, labelsFrom == nil, data == nil {
      data = answer("A file of labelled rows, if there is one:")
      if data == nil { labels = answer("The labels, with commas between them:") }
    }
    if endpoint == nil, encoder == nil {
      endpoint = answer(
        "The large model's server, such as https://api.openai.com/v1 (none: an encoder on this machine):")
    }
    if endpoint != nil, model == nil {
      model = answer("The model's name there:")
      if keyVariable == nil { keyVariable = answer("The environment variable with the API key (none: no key):") }
    }
    if agree == nil, budget == nil, accuracy == nil {
      budget = number(
        "Of 100 samples, how many may the large model be asked about at most (none: near the best accuracy):")
    }
  }

  private func number(_ question: String) -> Double? {
    while let text = answer(question) {
      if let number = Double(text) { return number }
      StandardError.say("\"\(text)\" is no number, such as 20")
    }
    return nil
  }

  private func answer(_ question: String) -> String? {
    StandardError.show(question + " ")
    let line = readLine()?.trimmingCharacters(in: .whitespaces) ?? ""
    return line.isEmpty ? nil : line
  }
}
