import Foundation

/// A task and rows that are small enough to train on in a test: texts name an apple or a pear.
enum Fruit {
  static func task(large: String) -> String {
    """
    {"task": {"name": "fruit"},
     "small_model": {"dimension": 16, "filters": {"1": 8}, "epochs": 30, "patience": 30, "learning_rate": 0.02,
       "maximum_tokens": 16},
     "large_model": \(large)}
    """
  }

  /// Every fifth row names both, and then says nothing of its label.
  static func text(_ number: Int) -> String {
    switch number % 5 {
    case 4: "an apple beside a pear number \(number)"
    case let rest: rest % 2 == 0 ? "a ripe apple number \(number)" : "a green pear number \(number)"
    }
  }

  static func label(_ number: Int) -> String {
    let isApple = number % 5 == 4 ? ((number * 2_654_435_761) >> 16) % 2 == 1 : number % 5 % 2 == 0
    return isApple ? "apple" : "pear"
  }

  /// JSON Lines as every command reads them, with what the large model answers.
  static func rows(_ numbers: Range<Int>) -> String {
    numbers.map {
      #"{"id":"f\#($0)","text":"\#(text($0))","label":"\#(label($0))","recorded_llm_answer":"\#(label($0))"}"# + "\n"
    }.joined()
  }

  /// Writes the task's folder `task` and the rows that are trained and calibrated on.
  static func write(to program: Program) throws {
    let file = program.folder.appending(path: "answers.jsonl").path
    try program.write("task/task.json", task(large: #"{"kind": "recorded", "file": "\#(file)", "accuracy": 1}"#))
    try program.write("answers.jsonl", rows(0..<2000))
    try program.write("train.jsonl", rows(0..<200))
    try program.write("held.jsonl", rows(200..<500))
  }
}
