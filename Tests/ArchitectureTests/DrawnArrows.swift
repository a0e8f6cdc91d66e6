/// The arrows between modules as `docs` and the design draw them: Services → stores → wrappers → C.
/// Moving a border means moving it here, and saying so in `docs/decisions.md`.
enum DrawnArrows {
  /// What each module below `Shared` and `Services` may import of this package.
  static let all: [String: Set<String>] = {
    var arrows = shared.merging(services) { first, _ in first }
    arrows["Shunt"] = Set(shared.keys).union(services.keys)
    return arrows
  }()

  /// Modules that do without any library: pure mathematics has no logger and no database.
  static let pure: Set<String> = ["Cascade"]

  private static let shared: [String: Set<String>] = [
    "CLibrdkafka": [], "CLibpq": [], "CSimdjson": [], "CTorch": [],
    "DedicatedThread": [], "Safetensors": [], "Tokenizer": [], "Cascade": [], "Terminal": [], "WorkerRuntime": [],
    "Kafka": ["CLibrdkafka", "DedicatedThread"],
    "Postgres": ["CLibpq", "DedicatedThread"],
    "JSON": ["CSimdjson"],
    "Torch": ["CTorch"],
    "Messages": ["JSON", "Cascade"],
    "SmallModel": ["Torch", "Safetensors", "Tokenizer", "Cascade"],
    "LargeModel": ["Torch", "Safetensors", "Tokenizer", "Cascade"],
    "Tasks": ["Cascade", "SmallModel", "LargeModel"],
    "ModelStore": ["Postgres", "SmallModel", "Cascade"],
    "ResultStore": ["Postgres", "Messages"],
  ]

  private static let services: [String: Set<String>] = [
    "Router": ["Kafka", "Messages", "Cascade", "SmallModel", "ModelStore", "Tasks", "WorkerRuntime"],
    "LargeModelWorker": ["Kafka", "Messages", "Cascade", "LargeModel", "ResultStore", "Tasks", "WorkerRuntime"],
    "Recorder": ["Kafka", "Messages", "ResultStore", "WorkerRuntime"],
    "Distiller": [
      "Postgres", "Messages", "Cascade", "SmallModel", "ModelStore", "ResultStore", "Tasks", "WorkerRuntime",
    ],
    "Experiments": ["JSON", "Cascade", "SmallModel", "LargeModel", "Tasks", "Tokenizer", "Terminal"],
  ]
}
