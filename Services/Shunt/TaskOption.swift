import ArgumentParser
import Datasets
import Deployment
import Experiments
import Foundation
import Tasks

/// Which task a command works on.
struct TaskOption: ParsableArguments {
  @Option(name: .long, help: "The task's folder with its task.json; its models are kept there.")
  var task: String

  var folder: URL { URL(fileURLWithPath: task) }

  func definition() throws -> TaskDefinition { try TaskDefinition(folder: folder) }

  var files: TaskFiles { TaskFiles(folder: folder) }
}

/// Reads labelled rows of a file.
func labelledRows(_ path: String) throws -> [DataRow] { try DataFile(URL(fileURLWithPath: path)).rows() }
