import ArgumentParser
import Datasets
import Evaluation
import Foundation
import Terminal

/// How a command reads the rows of its files.
struct RowsOptions: ParsableArguments {
  @Option(name: .long, help: "The field or column with the text. (default: text)")
  var textField: String?

  @Option(
    name: .long,
    help: "The field with the image: an object as samples have it, or a picture file's path. (default: image)")
  var imageField: String?

  @Option(name: .long, help: "The field with the true label. (default: label)")
  var labelField: String?

  @Option(
    name: .long, help: "The field with captions that people wrote: a list of texts, or one text. (default: captions)")
  var captionsField: String?

  @Option(name: .long, help: "The field with the category. (default: category, where there is one)")
  var categoryField: String?

  @Option(name: .long, help: "The field with the id. (default: id; rows without one get an id from what they say)")
  var idField: String?

  @Option(name: .long, help: "csv, jsonl or json (one array). (default: as the name or the first bytes say)")
  var format: FileFormat?

  @Option(name: .long, help: "comma, semicolon, tab, pipe or a character. (default: as the header line says)")
  var separator: FieldSeparator?

  @Option(
    name: .long,
    help: "How many rows may be refused before the file is: a share, of which one row always may, or a number.")
  var badRows: BadRows = .share(0.01)

  var rules: ReadingRules {
    var rules = ReadingRules()
    rules.format = format
    rules.separator = separator
    rules.badRows = badRows
    func take(_ name: String?, _ field: WritableKeyPath<DataFields, String>) {
      guard let name else { return }
      rules.fields[keyPath: field] = name
      rules.fields.required.insert(name)
    }
    take(textField, \.text)
    take(imageField, \.image)
    take(labelField, \.label)
    take(captionsField, \.captions)
    take(categoryField, \.category)
    take(idField, \.id)
    return rules
  }

  /// The labelled rows of a file; what is wrong with others is said.
  /// - Parameter labels: those that rows may have; `nil` for any.
  func labelled(_ path: String, labels: [String]? = nil) throws -> [DataRow] {
    var rules = rules
    rules.needsLabel = true
    rules.labels = labels.map { Set($0) }
    return try contents(path, rules)
  }

  /// The rows of a file that have captions; what is wrong with others is said.
  @inline(never)  // Swift 6.3.1's optimiser fails where it inlines this before an await.
  func captioned(_ path: String) throws -> CaptionedInputs {
    var rules = rules
    rules.needsCaptions = true
    return try CaptionedInputs(try contents(path, rules))
  }

  private func contents(_ path: String, _ rules: ReadingRules) throws -> [DataRow] {
    let file = DataFile(named: path, rules: rules)
    let (rows, tally) = try file.contents()
    FileNotes.say(tally.notes, of: file.name)
    return rows
  }
}

extension DataFile {
  /// The file at a path, or standard input for `-`.
  init(named path: String, rules: ReadingRules) {
    self = path == "-" ? .standardInput(rules: rules) : DataFile(URL(fileURLWithPath: path), rules: rules)
  }
}

/// What is to be said of files, on standard error.
enum FileNotes {
  static func say(_ notes: [String], of name: String) {
    for note in notes { StandardError.say(note.hasPrefix(" ") ? note : "\(name): \(note)") }
  }
}

extension FileFormat: ExpressibleByArgument {}

extension FieldSeparator: ExpressibleByArgument {
  /// A name or a character.
  public init?(argument: String) { self.init(argument) }
}

extension BadRows: ExpressibleByArgument {
  /// A share with its sign, or a number.
  public init?(argument: String) { self.init(argument) }
  /// As it is given.
  public var defaultValueDescription: String { description }
}
