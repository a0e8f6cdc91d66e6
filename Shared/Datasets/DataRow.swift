import Content

/// One row of a file or of another source of samples.
public struct DataRow: Sendable, Equatable {
  /// Names the sample: the same id twice is answered once.
  public var id: String
  /// What is asked about; it has a text or an image.
  public var input: Input
  /// The label that is the ground truth.
  public var label: String?
  /// Captions that people wrote, each as good as the others; empty where the truth is no caption.
  public var captions: [String]
  /// A free grouping.
  public var category: String?
  /// What a large model really answered, where somebody recorded it.
  public var recordedAnswer: String?
  /// Its number among the rows of its file, from 1; 0 where it comes from none.
  public var number: Int

  /// A row.
  public init(
    id: String, input: Input, label: String? = nil, captions: [String] = [], category: String? = nil,
    recordedAnswer: String? = nil, number: Int = 0
  ) {
    self.id = id
    self.input = input
    self.label = label
    self.captions = captions
    self.category = category
    self.recordedAnswer = recordedAnswer
    self.number = number
  }

  /// The ground truth, where there is one.
  public var truth: Truth? { label.map(Truth.label) ?? (captions.isEmpty ? nil : .captions(captions)) }

  /// A row that is a text.
  public init(
    id: String, text: String, label: String? = nil, category: String? = nil, recordedAnswer: String? = nil,
    number: Int = 0
  ) {
    self.init(
      id: id, input: .text(text), label: label, category: category, recordedAnswer: recordedAnswer, number: number)
  }
}

/// A file or source that cannot be read as rows.
public struct DatasetError: Error, Sendable, Equatable, CustomStringConvertible {
  /// What is wrong where, and what to do.
  public let description: String

  /// An error with its reason.
  public init(_ description: String) { self.description = description }

  /// The same, said of a file.
  func named(_ name: String) -> DatasetError { DatasetError("\(name) \(description)") }
}
