/// Names of the fields or columns that hold a row's parts.
public struct DataFields: Sendable, Equatable {
  /// The field with the id; a row without it gets one from what it says.
  public var id = "id"
  /// The field with the text.
  public var text = "text"
  /// The field with the image: in JSON as messages have it, or, in CSV always, the path of a picture file, which is
  /// relative to the folder of the file with the rows.
  public var image = "image"
  /// The field with the ground truth.
  public var label = "label"
  /// The field with captions that people wrote: a list of texts, or one text.
  public var captions = "captions"
  /// The field with the grouping.
  public var category = "category"
  /// The field with a large model's recorded answer.
  public var recordedAnswer = "recorded_llm_answer"
  /// Fields that some row must have, beside the text's or the image's: those that somebody named.
  public var required: Set<String> = []

  /// The names that this project's own data use.
  public init() {}
}

/// How a file is read; the defaults find out what they can.
public struct ReadingRules: Sendable, Equatable {
  /// Names of the fields.
  public var fields = DataFields()
  /// Whether a row without a label is refused.
  public var needsLabel = false
  /// Whether a row without captions is refused.
  public var needsCaptions = false
  /// Whether rows say what is right of samples that stand elsewhere: they need an id and no input, which is not read.
  public var isTruthAlone = false
  /// The labels that rows may have; `nil` for any.
  public var labels: Set<String>?
  /// How the rows are written; `nil`: as the file's name or its first bytes say.
  public var format: FileFormat?
  /// What stands between a row's fields; `nil`: what the header says.
  public var separator: FieldSeparator?
  /// How many rows may be refused before the file is.
  public var badRows = BadRows.none
  /// The name of a run, from which and the row's number its id is made, whatever the file has; `nil`: the file's ids.
  public var run: String?
  /// Whether a row that repeats another is left out, and one with another's id refused.
  public var comparesIDs = false
  /// Whether a picture that a row names by its path goes as its file's address in place of its bytes.
  public var isByReference = false
  /// Whether rows without text and image are left out without a word.
  var leavesOutEmptyRows = false

  /// Fields by this project's names, and every row must be good.
  public init() {}

  /// In the order in which `DataRows` takes their values.
  var readFields: [RowReader.Field] {
    [
      fields.id, fields.text, fields.label, fields.category, fields.recordedAnswer, fields.image, fields.captions,
    ].map { name in
      let isNamed = fields.required.contains(name)
      if name == fields.text, !isNamed, !isTruthAlone {
        return RowReader.Field(name: name, isRequired: true, orElse: fields.image)
      }
      let isNeeded =
        needsLabel && name == fields.label || needsCaptions && name == fields.captions
        || isTruthAlone && name == fields.id
      return RowReader.Field(name: name, isRequired: isNamed || isNeeded)
    }
  }

  /// The captions of a row.
  /// - Throws: `DatasetError` where there are none and they are needed, or what stands there are none.
  func captions(_ row: RowReader.Row, hasLabel: Bool) throws(DatasetError) -> [String] {
    switch row.captions {
    case .texts(let texts) where !texts.isEmpty: return texts
    case .wrong(let kind) where needsCaptions || !hasLabel:
      throw DatasetError("field \"\(fields.captions)\" is a \(kind); it must be a list of texts")
    case .texts, .wrong, nil: break
    }
    if let caption = row.values[6], !caption.isEmpty { return [caption] }
    guard !needsCaptions else {
      throw DatasetError("field \"\(fields.captions)\" is missing or empty; it holds captions, a list of texts")
    }
    return []
  }

  /// Why a row with this label is refused; `nil` where it is not.
  func problem(withLabel label: String?) -> String? {
    guard let label else {
      return needsLabel ? "field \"\(fields.label)\" is missing or empty; it holds the label" : nil
    }
    guard let labels, !labels.contains(label) else { return nil }
    return "label \"\(label)\" is none of the task's \(labels.count)"
  }
}
