import JSON
import Messages
import Postgres
import SmallModel

/// A batch's samples, gathered by task in order of first sight. A task's name is its bytes, as in Postgres: another
/// normal form of it is another task.
struct SamplesByTask {
  /// What a batch holds of one task.
  struct Group {
    let task: String
    let cascade: SmallModelCascade
    fileprivate(set) var samples: [Sample] = []
    /// Where each stands in the batch.
    fileprivate(set) var places: [Int] = []
  }

  private(set) var groups: [Group] = []
  private var places: [StoredText: Int] = [:]
  /// Where the last sample went: samples come in runs of one task, which need no look into a table.
  private var last = 0

  /// Adds a sample that stands at a place in the batch.
  /// - Throws: where no model of its task is in force, or its models cannot read it.
  mutating func append(_ sample: Sample, at place: Int, by table: RoutingTable) throws(JSONError) {
    if groups.isEmpty || !groups[last].task.hasSameBytes(as: sample.task) {
      last = try group(of: sample.task, by: table)
    }
    guard sample.input.text != nil else {
      throw JSONError(
        "field \"text\" is missing; the models of task \"\(sample.task)\" read texts alone",
        kind: "field \"text\" is missing; the task's models read texts alone")
    }
    groups[last].samples.append(sample)
    groups[last].places.append(place)
  }

  private mutating func group(of task: String, by table: RoutingTable) throws(JSONError) -> Int {
    if let place = places[StoredText(task)] { return place }
    guard let found = table.cascades.index(forKey: task), table.cascades[found].key.hasSameBytes(as: task) else {
      throw JSONError(
        "field \"task\" is \"\(task)\"; the tasks with a model in force are: \(table.taskNames)",
        kind: "field \"task\" names no task with a model in force")
    }
    groups.append(Group(task: task, cascade: table.cascades[found].value))
    places[StoredText(task)] = groups.count - 1
    return groups.count - 1
  }
}
