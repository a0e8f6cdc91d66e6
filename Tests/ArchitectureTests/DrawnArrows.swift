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
    "CFolded": [], "CLibrdkafka": [], "CLibpq": [], "CSimdjson": [], "CTorch": [], "CZlib": [], "ShuntTorch": [],
    "DedicatedThread": [], "Safetensors": [], "Tokenizer": [], "Cascade": [], "Terminal": [], "WorkerRuntime": [],
    "LargeModelFlow": [],
    "Kafka": ["CLibrdkafka", "DedicatedThread"],
    "KafkaHealth": ["Kafka", "WorkerRuntime"],
    "Postgres": ["CLibpq", "DedicatedThread"],
    "JSON": ["CSimdjson"],
    "Torch": ["CTorch"],
    "Messages": ["JSON", "Cascade"],
    "Datasets": ["CZlib", "JSON"],
    "SmallModel": ["CFolded", "DedicatedThread", "Torch", "Safetensors", "Tokenizer", "Cascade"],
    "LargeModel": ["DedicatedThread", "Torch", "Safetensors", "Tokenizer"],
    "ChatCompletions": ["LargeModel", "LargeModelFlow", "JSON", "Cascade"],
    "Tasks": [
      "Cascade", "Datasets", "SmallModel", "LargeModel", "LargeModelFlow", "ChatCompletions", "Tokenizer",
      "WorkerRuntime",
    ],
    "LargeModelStore": ["Postgres", "LargeModelFlow"],
    "ModelStore": ["Postgres"],
    "ResultStore": ["Postgres"],
  ]

  private static let services: [String: Set<String>] = [
    "Router": [
      "Kafka", "KafkaHealth", "Postgres", "Messages", "JSON", "Cascade", "SmallModel", "ModelStore", "WorkerRuntime",
    ],
    "LargeModelWorker": [
      "Kafka", "KafkaHealth", "Postgres", "Messages", "JSON", "Cascade", "LargeModel", "LargeModelFlow",
      "LargeModelStore", "ChatCompletions", "Tasks", "WorkerRuntime",
    ],
    "LargeModelServer": ["JSON", "Cascade", "LargeModel"],
    "Recorder": ["Kafka", "KafkaHealth", "Messages", "JSON", "ResultStore", "WorkerRuntime"],
    "Distiller": [
      "Postgres", "Messages", "JSON", "DedicatedThread", "Datasets", "Cascade", "SmallModel", "ModelStore",
      "ResultStore", "Tasks", "WorkerRuntime",
    ],
    "Experiments": [
      "Datasets", "Safetensors", "Cascade", "SmallModel", "LargeModel", "Tasks", "Tokenizer",
    ],
    // Wires the workers, so it alone, beside the command line, imports other services.
    "Deployment": Set(shared.keys).union(["Router", "LargeModelWorker", "Recorder", "Distiller", "Experiments"]),
  ]
}
