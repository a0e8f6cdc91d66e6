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
  static let pure: Set<String> = ["Content", "Cascade", "Classification"]

  private static let shared: [String: Set<String>] = [
    "CFolded": [], "CLibrdkafka": [], "CLibpq": [], "CSimdjson": [], "CTorch": [], "CZlib": [], "ShuntTorch": [],
    "DedicatedThread": [], "Safetensors": [], "Tokenizer": [], "Content": [], "Cascade": [], "Terminal": [],
    "WorkerRuntime": [], "LargeModelFlow": [],
    "Classification": ["Cascade"],
    "Kafka": ["CLibrdkafka", "DedicatedThread"],
    "KafkaHealth": ["Kafka", "WorkerRuntime"],
    "Postgres": ["CLibpq", "DedicatedThread"],
    "JSON": ["CSimdjson"],
    "Torch": ["CTorch"],
    "Messages": ["JSON", "Content", "Cascade", "Classification"],
    "Datasets": ["CZlib", "JSON"],
    "SmallModel": ["CFolded", "DedicatedThread", "Torch", "Safetensors", "Tokenizer", "Cascade", "Classification"],
    "LargeModel": ["DedicatedThread", "Torch", "Safetensors", "Tokenizer"],
    "ChatCompletions": ["LargeModel", "LargeModelFlow", "JSON"],
    "Tasks": [
      "Cascade", "Classification", "Datasets", "SmallModel", "LargeModel", "LargeModelFlow", "ChatCompletions",
      "Tokenizer", "WorkerRuntime",
    ],
    "Evaluation": [
      "Cascade", "Classification", "Datasets", "JSON", "LargeModel", "Safetensors", "SmallModel", "Tasks", "Tokenizer",
    ],
    "LargeModelStore": ["Postgres", "LargeModelFlow"],
    "ModelStore": ["Postgres", "ResultStore"],
    "ResultStore": ["Postgres"],
  ]

  private static let services: [String: Set<String>] = [
    "Router": [
      "Kafka", "KafkaHealth", "Postgres", "Messages", "JSON", "Classification", "SmallModel", "ModelStore",
      "WorkerRuntime",
    ],
    "LargeModelWorker": [
      "Kafka", "KafkaHealth", "Postgres", "Messages", "JSON", "Cascade", "Classification", "LargeModel",
      "LargeModelFlow", "LargeModelStore", "ChatCompletions", "Tasks", "WorkerRuntime",
    ],
    "LargeModelServer": ["JSON", "Classification", "LargeModel"],
    "Recorder": ["Kafka", "KafkaHealth", "Messages", "JSON", "ResultStore", "WorkerRuntime"],
    "Distiller": [
      "Postgres", "Messages", "DedicatedThread", "Datasets", "Cascade", "Classification", "Evaluation", "SmallModel",
      "ModelStore", "ResultStore", "Tasks", "WorkerRuntime",
    ],
    "Experiments": ["Cascade", "Classification", "Datasets", "Evaluation", "LargeModel", "SmallModel", "Tasks"],
    // Wires the workers, so it alone, beside the command line, imports other services.
    "Deployment": Set(shared.keys).union(["Router", "LargeModelWorker", "Recorder", "Distiller", "Experiments"]),
  ]
}
