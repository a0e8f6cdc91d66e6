import Foundation
import Testing

/// What a user sees who does it wrong.
@Suite struct WrongUseTests {
  /// Arguments, and a part of what is said on standard error.
  @Test(arguments: [
    ("produce", "Missing expected argument '<file>'"), ("produce rows.csv", "--task"),
    ("produce nowhere.csv --task t", "nowhere.csv cannot be read: No such file"),
    ("produce . --task t", "the broker at 127.0.0.1:1 cannot be asked"),
    ("produce rows.csv --task t --labels-from-folders", "is for a folder of pictures"),
    ("produce test.bin --task t --by-reference", "have no addresses of their own"),
    ("produce rows.bin --task t", "rows.bin cannot be read: No such file"),
    ("produce empty.csv --task t", "empty.csv has no rows"),
    ("produce rows.csv --task t --rate 0", "--rate is 0.0; it must be above 0"),
    ("produce rows.csv --task t --rate nan", "it must be above 0"),
    ("produce rows.csv --task t --bad-rows many", "'--bad-rows"),
    ("produce rows.csv --task t --separator comme", "'--separator"),
    (
      "produce rows.csv --task t --category-field kategory",
      "has no field \"kategory\"; it has \"id\", \"text\", \"label\""
    ),
    ("produce rows.csv --task t --text-field body", "has no field \"body\"; it has \"id\""),
    ("produce rows.csv --task t --id-field nr", "has no field \"nr\""),
    ("produce rows.csv --task t --label-field truth", "has no field \"truth\""),
    ("produce bad.csv --task t", "2 of 3 rows refused:"),
    ("produce rows.csv --task t", "the broker at 127.0.0.1:1 cannot be asked"),
    ("train --task task --data nowhere.csv --held-out rows.csv", "nowhere.csv cannot be read"),
    ("train --task nowhere --data rows.csv --held-out rows.csv", "a task's folder needs a task.json"),
    ("train --task task --data rows.csv --held-out rows.csv --label-field truth", "has no field \"truth\""),
    ("train --task task --data bad.csv --held-out rows.csv", "2 of 3 rows refused:"),
    ("new", "Missing expected argument '<task>'"),
    ("new fresh", "labels: none are named; give --labels a,b, --labels-from FILE or --data FILE"),
    ("new task --labels a,b", "task/task.json is there already and is not overwritten"),
    ("new rows.csv --labels a,b", "the folder rows.csv cannot be made"),
    ("new fresh --labels a", "labels: 1 is too few to choose from"),
    ("new fresh --labels a,,b", "labels: one of them is empty"),
    ("new fresh --labels a,b,a", "labels: \"a\" stands there twice"),
    ("new fresh --labels a,b --labels-from rows.csv", "--labels is \"a,b\", and --labels-from names a file"),
    ("new fresh --labels-from nowhere.csv", "nowhere.csv cannot be read"),
    ("new fresh --labels-from rows.csv --label-field truth", "has no field \"truth\""),
    ("new fresh --data many.csv", "40 rows have 40 labels in field \"label\""),
    ("new fresh --labels a,b --model m", "--model is \"m\", which is a server's; name that with --endpoint"),
    ("new fresh --labels a,b --key-variable K", "--key-variable is \"K\", which is a server's"),
    ("new fresh --labels a,b --endpoint http://localhost/v1", "and no model is named; give --model NAME"),
    ("new fresh --labels a,b --endpoint localhost --model m", "\"localhost\" is no http or https address"),
    ("new fresh --labels a,b --endpoint http://h/v1 --model m --encoder e", "--encoder is \"e\", and --endpoint"),
    ("new fresh --labels a,b --endpoint http://h.example/v1 --model m --key-variable K", "over plain http"),
    ("new fresh --labels a,b --agree 0.95", "--agree is 0.95; it counts of 100, such as 95, and is from 50 to 99.99"),
    ("new fresh --labels a,b --budget 101", "--budget is 101.0; it counts of 100, such as 95, and is from 0 to 100"),
    ("new fresh --labels a,b --accuracy much", "'--accuracy"),
    ("new fresh --labels a,b --agree 95 --budget 20", "--agree, --budget: a task has one goal"),
    ("check --task nowhere", "a task's folder needs a task.json"),
    ("scan nowhere", "a task's folder needs a task.json"), ("scan task", "task t names no labels"),
    ("scan task --answers 0", "--answers is 0; give 1 or more"),
    ("calibrate --task task --data rows.csv", "specific.safetensors"),
    ("evaluate --task task --data rows.csv", "specific.safetensors"),
    ("experiment nonsense", "clinc150-lt"), ("experiment clinc150-lt --output rows.csv/new", "cannot be made"),
    ("experiment clinc150-lt --report .", "is a folder; name a file"),
    ("models import nowhere", "a task's folder needs a task.json"), ("models show", "<number>"),
    ("models promote one", "one"), ("models list", "refused"), ("models promote 1", "refused"),
    ("models import task", "refused"), ("rejected list", "refused"),
    ("rejected list --limit 0", "--limit is 0"), ("distill status", "<task>"), ("distill status t", "refused"),
    ("check --settings nowhere.json", "nowhere.json cannot be read"),
    ("check --health nonsense", "it must be an address such as"),
    ("broker --partitions 0", "--partitions is 0"), ("serve-large --task nowhere", "task.json"),
    ("report", "Missing expected argument '<subjects> ...'"), ("report t", "refused"),
    ("report rows.csv", "is no report of an experiment"),
    ("report rows.csv --format json", "are for the report of a task"),
    ("report t --newest 0", "--newest is 0"), ("label task --count 0", "--count is 0"), ("label t", "refused"),
    ("label import rows.csv", "--task"), ("label import rows.csv --task t --at tomorrow", "'--at"),
    ("nonsense", "nonsense"),
  ])
  func whatIsWrongIsSaid(arguments: String, reason: String) async throws {
    try await withProgram { program in
      try program.write("rows.csv", "id,text,label\n1,hello,billing\n")
      try program.write("bad.csv", "id,text,label\n1,hello\n2\n3,bye,billing\n")
      try program.write("empty.csv", "")
      try program.write("many.csv", "text,label\n" + (0..<40).map { "text \($0),label \($0)\n" }.joined())
      try program.write("task/task.json", #"{"task":{"name":"t"}}"#)
      let outcome = try await program.run(arguments.split(separator: " ").map(String.init))
      #expect(outcome.code != 0)
      #expect(outcome.errors.contains(reason), "\(outcome)")
      #expect(outcome.output == "")
      #expect(!FileManager.default.fileExists(atPath: program.folder.appending(path: "fresh/task.json").path))
    }
  }

  @Test(arguments: [
    "", "demo", "new", "local", "check", "router", "large-model-worker", "recorder", "distiller", "serve-large", "init",
    "train", "scan",
    "calibrate", "evaluate", "models", "models import", "models rollback", "models retire", "distill", "experiment",
    "produce", "rejected", "broker", "report",
  ])
  func helpTeaches(command: String) async throws {
    try await withProgram { program in
      let outcome = try await program.run(command.split(separator: " ").map(String.init) + ["--help"])
      #expect(outcome.code == 0)
      #expect(outcome.output.contains("USAGE: shunt"))
      // An example, indented, that begins with the program's name.
      #expect(outcome.output.split(separator: "\n").contains { $0.contains("  shunt ") }, "\(command) has no example")
    }
  }

  /// Each section that any worker reads is looked at, and all that is wrong is said at once.
  @Test func checkReadsEveryWorkersSettings() async throws {
    try await withProgram { program in
      let settings = try program.write(
        "shunt.json",
        """
        {"kafka": {"propertys": {}}, "router": {"batch_sise": 1}, "recorder": {"keep_answers": "soon"},
         "large_model_worker": {"in_flight": 0}, "distiller": {"tasks": {"t": {"window": 0}}}, "http": {"port": 70000},
         "log": {"level": "loud"}, "worker": {"drain_timeout": 5}}
        """)
      let outcome = try await program.run(["check", "--settings", settings])
      #expect(outcome.code != 0)
      for key in [
        "kafka.propertys", "router.batch_sise", "recorder.keep_answers", "large_model_worker.in_flight",
        "distiller.tasks.t.window", "http.port", "log.level", "worker.drain_timeout",
      ] {
        #expect(outcome.errors.contains(key), "\(key) in \(outcome.errors)")
      }
    }
  }

  @Test func aBrokenPipeEndsItWithoutAWord() async throws {
    try await withProgram { program in
      let shell = Process()
      shell.executableURL = URL(filePath: "/bin/bash")
      shell.arguments = ["-c", "set -o pipefail; '\(try Program.url.path)' --help | true; echo ${PIPESTATUS[0]}"]
      let output = Pipe()
      shell.standardOutput = output
      try shell.run()
      let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
      shell.waitUntilExit()
      // It may have been done before the reader went.
      #expect(["0\n", "141\n"].contains(text))
    }
  }
}
