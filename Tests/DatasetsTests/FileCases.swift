import Testing

@testable import Datasets

/// A file and what is read of it.
struct FileCase: CustomTestStringConvertible {
  let testDescription: String
  var name = "rows.csv"
  let bytes: [UInt8]
  /// `id/text/label` of each good row; `-` for none, `*` for an id that was made.
  var rows: [String] = []
  /// Parts of what is said of rows, in order.
  var notes: [String] = []
  /// A part of the error; `nil` where there is none.
  var error: String?
  var rules = ReadingRules()

  init(
    _ description: String, _ text: String, name: String = "rows.csv", rows: [String] = [], notes: [String] = [],
    error: String? = nil, badRows: BadRows = .share(0.01), change: (inout ReadingRules) -> Void = { _ in }
  ) {
    self.init(
      description, bytes: Array(text.utf8), name: name, rows: rows, notes: notes, error: error, badRows: badRows,
      change: change)
  }

  init(
    _ description: String, bytes: [UInt8], name: String = "rows.csv", rows: [String] = [], notes: [String] = [],
    error: String? = nil, badRows: BadRows = .share(0.01), change: (inout ReadingRules) -> Void = { _ in }
  ) {
    (testDescription, self.bytes, self.name, self.rows) = (description, bytes, name, rows)
    (self.notes, self.error) = (notes, error)
    rules.badRows = badRows
    change(&rules)
  }

  /// Rows as the cases write them.
  static func written(_ row: DataRow) -> String {
    "\(row.id.hasPrefix("content-") ? "*" : row.id)/\(row.input.text ?? "picture")/\(row.label ?? "-")"
  }
}

extension FileCase {
  static let header = "id,text,label\n"
  private static let latin1 = Array("id,text\n1,caf".utf8) + [0xe9] + Array("\n2,tea\n".utf8)

  static let delimited: [FileCase] = [
    FileCase("plain", header + "1,hello,billing\n2,bye,returns\n", rows: ["1/hello/billing", "2/bye/returns"]),
    FileCase("no line end at the end", header + "1,hello,billing", rows: ["1/hello/billing"]),
    FileCase("CR LF", "id,text,label\r\n1,hello,billing\r\n", rows: ["1/hello/billing"]),
    FileCase("CR", "id,text,label\r1,hello,billing\r", rows: ["1/hello/billing"]),
    FileCase(
      "all three line ends", "id,text,label\r\n1,a,x\n2,b,x\r3,c,x\r\n", rows: ["1/a/x", "2/b/x", "3/c/x"]),
    FileCase("blank lines at the end", header + "1,hello,billing\n\n\n", rows: ["1/hello/billing"]),
    FileCase("blank lines between", header + "\n1,a,x\n\n2,b,x\n", rows: ["1/a/x", "2/b/x"]),
    FileCase("blank lines before the header", "\n\n" + header + "1,a,x\n", rows: ["1/a/x"]),
    FileCase("rows of only commas", header + "1,hello,billing\n,,\n,,\n", rows: ["1/hello/billing"]),
    FileCase("rows of spaces", header + "1,a,x\n , , \n   \n", rows: ["1/a/x"]),
    FileCase(
      "quoted separators, quotes, line ends", header + "1,\"a \"\"b\"\", c\r\nd\",x\n", rows: ["1/a \"b\", c\r\nd/x"]),
    FileCase("empty quoted field", header + "1,a,\"\"\n", rows: ["1/a/-"]),
    FileCase("no id", "text,label\nhello,billing\n", rows: ["*/hello/billing"]),
    FileCase("an empty id", header + ",hello,billing\n", rows: ["*/hello/billing"]),
    FileCase("columns nobody reads", "x,id,y,text\n\"a\nb\",1,,t\n", rows: ["1/t/-"]),
    FileCase("a column without a name", ",id,text,\n0,1,t,\n", rows: ["1/t/-"]),
    FileCase("names with spaces", "id , text\n1,t\n", rows: ["1/t/-"]),
    FileCase("semicolons", "id;text;label\n1;hello, you;billing\n", rows: ["1/hello, you/billing"]),
    FileCase("tabs", "id\ttext\n1\ta, b; c\n", name: "rows.tsv", rows: ["1/a, b; c/-"]),
    FileCase("tabs in a .csv", "id\ttext\n1\ta, b; c\n", rows: ["1/a, b; c/-"]),
    FileCase("pipes", "id|text\n1|a, b\n", rows: ["1/a, b/-"]),
    FileCase("a spreadsheet's sep=", "sep=;\nid;text\n1;a\n", rows: ["1/a/-"]),
    FileCase("a separator by name", "id~text\n1~a, b\n", rows: ["1/a, b/-"]) { $0.separator = FieldSeparator("~") },
    FileCase(
      "a header whose other columns hold another separator", "id,text,\"a;b;c;d\"\n1,t,u\n", rows: ["1/t/-"]),
    FileCase("capital extension", header + "1,hello,billing\n", name: "UPPER.CSV", rows: ["1/hello/billing"]),
    FileCase("no extension", header + "1,hello,billing\n", name: "rows", rows: ["1/hello/billing"]),
    FileCase("text", header + "1,hello,billing\n", name: "rows.txt", rows: ["1/hello/billing"]),
    FileCase("byte order mark", "\u{feff}" + header + "1,hello,billing\n", rows: ["1/hello/billing"]),
    FileCase(
      "a combining mark after a comma", header + "1,\u{fe0f}hello,billing\n2,bye,returns\n",
      rows: ["1/\u{fe0f}hello/billing", "2/bye/returns"]),
    FileCase(
      "combining marks after quote and line end", header + "1,\"\u{301}a\",x\n\u{301}2,\u{301},\u{301}x\n",
      rows: ["1/\u{301}a/x", "\u{301}2/\u{301}/\u{301}x"]),
    FileCase("a quote inside a field between tabs", "id\ttext\n1\t5\" drive\n", rows: ["1/5\" drive/-"]),
    FileCase(
      "the header again", header + "1,a,x\n" + header + "2,b,x\n", rows: ["1/a/x", "2/b/x"],
      notes: ["the header stands among the rows 1 times"]),
    FileCase("a NUL in a column nobody reads", "id,text,other\n1,t,\0\n", rows: ["1/t/-"]),
  ]

  /// One bad row among good ones: it is told, and nothing else is lost.
  static let badRow: [FileCase] =
    [
      ("too many fields", "1,hello, there,billing\n", "row 1, line 2: 4 fields where the header has 3"),
      ("too few fields", "1,hello\n", "row 1, line 2: 2 fields where the header has 3"),
      ("text after a closing quote", "1,\"a\" b,billing\n", "row 1, line 2: text after a closing quote"),
      ("a quote inside a field", "1,a 5\" drive,billing\n", "row 1, line 2: a quote inside a field"),
      ("a quote behind a space", "1, \"a, b\",billing\n", "row 1, line 2: a quote inside a field"),
      ("a NUL byte", "1,a\0b,billing\n", "row 1, line 2: field \"text\" holds a NUL byte"),
      ("no text", "1,,billing\n", "row 1, line 2: field \"text\" is missing or empty"),
      ("a blank text", "1,  ,billing\n", "row 1, line 2: field \"text\" is blank"),
    ].map { what, row, reason in
      FileCase(
        what, header + row + "2,bye,returns\n3,\"third\",technical\n", rows: ["2/bye/returns", "3/third/technical"],
        notes: ["1 of 3 rows refused", reason])
    } + [
      FileCase(
        "Latin-1", bytes: latin1, rows: ["2/tea/-"], notes: ["1 of 2", "row 1, line 2: field \"text\" is not UTF-8"]),
      FileCase(
        "a quote that a later one closes", header + "1,\"a,x\n2,\"b\",x\n3,c,x\n", rows: ["2/b/x", "3/c/x"],
        notes: ["1 of 3", "row 1, line 2: text after a closing quote"]),
      FileCase(
        "lines count inside quotes", header + "1,\"a\r\nb\nc\rd\",x\n2,b\n", rows: ["1/a\r\nb\nc\rd/x"],
        notes: ["1 of 2", "row 2, line 6: 2 fields"]),
      FileCase(
        "a row without the label that it must have", header + "1,a,x\n2,b,\n", rows: ["1/a/x"],
        notes: ["1 of 2", "row 2, line 3: field \"label\" is missing or empty"]
      ) { $0.needsLabel = true },
      FileCase(
        "a label that the task does not have", header + "1,a,x\n2,b,y\n", rows: ["1/a/x"],
        notes: ["1 of 2", "row 2, line 3: label \"y\" is none of the task's 2"]
      ) { $0.labels = ["x", "z"] },
      FileCase(
        "JSON of another kind", "{\"text\":\"a\"}\n[1]\n", name: "r.jsonl", rows: ["*/a/-"],
        notes: ["1 of 2", "row 2, line 2: is a JSON array; it must be an object"]),
      FileCase(
        "no JSON", "{\"text\":\"a\"}\n\nnonsense\n", name: "r.jsonl", rows: ["*/a/-"],
        notes: ["1 of 2", "row 2, line 3"]),
      FileCase(
        "a text that is none", "{\"text\":\"a\"}\n{\"text\":[]}", name: "r.jsonl", rows: ["*/a/-"],
        notes: ["1 of 2", "row 2, line 2: field \"text\" is a array; it must be a string"]),
      FileCase(
        "a field twice", "{\"text\":\"a\"}\n{\"text\":\"a\",\"text\":\"b\"}", name: "r.jsonl", rows: ["*/a/-"],
        notes: ["1 of 2", "field \"text\" stands in it twice"]),
      FileCase(
        "a number that would lose digits", "{\"text\":\"a\"}\n{\"id\":1e30,\"text\":\"b\"}", name: "r.jsonl",
        rows: ["*/a/-"], notes: ["1 of 2", "too large"]),
      FileCase(
        "Latin-1 JSON", bytes: Array("{\"text\":\"a\"}\n{\"text\":\"".utf8) + [0xe9] + Array("\"}".utf8),
        name: "r.jsonl",
        rows: ["*/a/-"], notes: ["1 of 2", "not UTF-8"]),
      FileCase(
        "an element that is no object", "[{\"text\":\"a\"},\n 7]", name: "r.json", rows: ["*/a/-"],
        notes: ["1 of 2", "row 2, line 2: is a JSON number"]),
    ]

  static let json: [FileCase] = [
    FileCase(
      "lines",
      "{\"id\":\"a\",\"text\":\"one\",\"label\":\"x\",\"more\":[1],\"recorded_llm_answer\":null}\r\n\r\n{\"id\":7,\"text\":\"two\"}",
      name: "r.jsonl", rows: ["a/one/x", "7/two/-"]),
    FileCase(
      "byte order marks", "\u{feff}{\"id\":\"1\",\"text\":\"hello\"}\n\u{feff}{\"id\":\"2\",\"text\":\"bye\"}\n",
      name: "r.jsonl", rows: ["1/hello/-", "2/bye/-"]),
    FileCase("lines by another name", "{\"text\":\"a\"}", name: "r.NDJSON", rows: ["*/a/-"]),
    FileCase("lines without a name", "\n{\"text\":\"a\"}", name: "standard input", rows: ["*/a/-"]),
    FileCase("lines in a .json", "{\"text\":\"a\"}\n{\"text\":\"b\"}", name: "r.json", rows: ["*/a/-", "*/b/-"]),
    FileCase(
      "an array", "\u{feff} [ {\"text\":\"a]},\\\"[{\", \"x\":[{}]},\n\n{\"text\":\"b\"} ]\n", name: "r.json",
      rows: ["*/a]},\"[{/-", "*/b/-"]),
    FileCase("an empty array", "[]", name: "r.json", error: "has no rows"),
    FileCase("an array that is cut", "[{\"text\":\"a\"},", name: "r.json", error: "the array never ends"),
    FileCase("an element that is cut", "[{\"text\":\"a", name: "r.json", error: "line 1: an element never ends"),
    FileCase("two arrays", "[{\"text\":\"a\"}] [1]", name: "r.json", error: "more follows after the array's end"),
    FileCase("a string for a number", "{\"text\":\"a\",\"id\":1.5}", name: "r.jsonl", rows: ["1.5/a/-"]),
  ]

  static let refused: [FileCase] = [
    FileCase("empty", "", error: "has no rows, and no header line"),
    FileCase("only a header", header, error: "rows.csv has no rows"),
    FileCase("the only row is bad", header + "1,hello, there,billing\n", error: "none is left: 1 of 1 rows refused"),
    FileCase("more than one of few rows", header + "1\n2\n3,c,x\n", error: "allowed are 1% (--bad-rows): 2 of 3"),
    FileCase("a bad row where none may be", header + "1\n3,c,x\n", error: "1 of 2", badRows: .none),
    FileCase(
      "no header", "1,hello,billing\n",
      error: "has no field \"text\" and no \"image\"; it has \"1\", \"hello\", \"billing\""),
    FileCase("a column twice", "id,text,text\n1,first,second\n", error: "\"text\" more than once (columns 2 and 3)"),
    FileCase("a header that cannot be read", "id,\"te\"xt\n1,a\n", error: "has a header (line 1) that cannot be read"),
    FileCase(
      "a field that somebody mistyped", header + "1,a,x\n", error: "has no field \"kategory\"; it has \"id\""
    ) {
      $0.fields.category = "kategory"
      $0.fields.required = ["kategory"]
    },
    FileCase(
      "the same in JSON", "{\"text\":\"a\",\"category\":\"b\"}", name: "r.jsonl", error: "has no field \"kategory\""
    ) {
      $0.fields.category = "kategory"
      $0.fields.required = ["kategory"]
    },
    FileCase("no text in JSON", "{\"body\":\"a\"}", name: "r.jsonl", error: "field \"text\" is missing"),
    FileCase("UTF-16", bytes: [0xff, 0xfe, 0x69, 0], error: "is UTF-16: make it UTF-8 with iconv"),
    FileCase("UTF-16 without a mark", bytes: [0x69, 0, 0x64, 0], error: "is UTF-16 or no text"),
    FileCase("a spreadsheet", "PK\u{3}\u{4}", name: "a.xlsx", error: "a zip archive or a spreadsheet"),
    FileCase("gzip that is cut", bytes: [0x1f, 0x8b, 8, 0, 0, 0], error: "its gzip ends in the middle"),
    FileCase("gzip that is damaged", bytes: [0x1f, 0x8b, 9, 0, 0, 0, 0, 0], error: "its gzip is damaged"),
  ]

  static let all = delimited + badRow + json + refused
}
