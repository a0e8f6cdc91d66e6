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
    let cascade: TaskCascade
    /// What the models read of a sample.
    let needs: (text: Bool, image: Bool)
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
    let needs = groups[last].needs
    if needs.text, sample.input.text == nil { throw Self.lack("text", sample.task, others: needs.image) }
    if needs.image, sample.input.image == nil { throw Self.lack("image", sample.task, others: needs.text) }
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
    let cascade = table.cascades[found].value
    let needs = (text: cascade.reads.contains(.text), image: cascade.reads.contains(.image))
    groups.append(Group(task: task, cascade: cascade, needs: needs))
    places[StoredText(task)] = groups.count - 1
    return groups.count - 1
  }

  private static func lack(_ kind: String, _ task: String, others: Bool) -> JSONError {
    let what = others ? "texts and images" : "\(kind)s alone"
    return JSONError(
      "field \"\(kind)\" is missing; the models of task \"\(task)\" read \(what)",
      kind: "field \"\(kind)\" is missing; the task's models read \(what)")
  }
}
