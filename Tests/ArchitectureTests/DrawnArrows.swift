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
  static let pure: Set<String> = ["Captioning", "Content", "Cascade", "Classification"]

  private static let shared: [String: Set<String>] = [
    "CCaptioner": ["CLanes"], "CEfficientNet": [], "CFolded": [], "CTransformer": [], "CImages": [], "CLanes": [],
    "CLSTM": ["CLanes"], "CResNet": [],
    "CLibrdkafka": [],
    "CLibpq": [], "CSimdjson": [],
    "CTorch": [],
    "CZlib": [],
    "ShuntTorch": [],
    "Concurrency": [], "Settings": [], "Safetensors": [], "Tokenizer": [], "Captioning": [], "Cascade": [],
    "Terminal": [],
    "Content": ["Captioning"],
    "WorkerRuntime": ["Settings"],
    "LargeModelFlow": ["Concurrency"],
    "ImageFetch": ["Concurrency", "LargeModelFlow", "Settings"],
    "Classification": ["Cascade"],
    "Kafka": ["CLibrdkafka", "Concurrency"],
    "KafkaHealth": ["Kafka", "WorkerRuntime"],
    "Streams": ["Kafka", "Messages", "JSON"],
    "Postgres": ["CLibpq", "Concurrency"],
    "JSON": ["CSimdjson"],
    "Images": ["CImages"],
    "Torch": ["CTorch"],
    "Messages": ["JSON", "Content", "Cascade", "Classification"],
    "Datasets": ["CZlib", "Content", "Images", "JSON", "Messages"],
    "SmallModel": [
      "Settings", "Content", "Encoders", "CCaptioner", "CFolded", "CLSTM", "CResNet", "Concurrency", "Images", "Torch",
      "Safetensors",
      "Tokenizer",
      "Cascade", "Classification",
    ],
    "Encoders": [
      "CEfficientNet", "CTransformer", "Concurrency", "Content", "Images", "Safetensors", "Tokenizer", "Torch",
    ],
    "LargeModel": ["Concurrency", "Content", "Encoders", "Images", "LargeModelFlow"],
    "ChatCompletions": ["Concurrency", "Content", "Images", "LargeModel", "LargeModelFlow", "JSON"],
    "Tasks": [
      "Captioning", "Concurrency", "Content", "Encoders", "Settings", "Cascade", "Classification", "Datasets",
      "SmallModel", "LargeModel",
      "LargeModelFlow",
      "ChatCompletions",
    ],
    "Evaluation": [
      "Captioning", "Content", "Encoders", "Cascade", "Classification", "Datasets", "JSON", "LargeModel", "Messages",
      "SmallModel",
      "Tasks",
    ],
    "LargeModelStore": ["Classification", "Concurrency", "LargeModel", "Postgres", "LargeModelFlow"],
    "ModelRegistry": ["Cascade", "Encoders", "ModelStore", "SmallModel"],
    "ModelStore": ["Cascade", "Postgres", "ResultStore"],
    "ResultStore": ["Content", "Cascade", "Postgres"],
  ]

  private static let services: [String: Set<String>] = [
    "Router": [
      "Cascade", "ModelRegistry", "Concurrency", "Streams", "Content", "ImageFetch", "Images", "Settings", "Kafka",
      "KafkaHealth", "Postgres",
      "Messages", "JSON",
      "Classification",
      "SmallModel",
      "ModelStore",
      "WorkerRuntime",
    ],
    "LargeModelWorker": [
      "Content", "Streams", "Concurrency", "ImageFetch", "Settings", "Kafka", "KafkaHealth", "Postgres", "Messages",
      "JSON",
      "Cascade",
      "Classification",
      "LargeModel",
      "LargeModelFlow", "LargeModelStore", "Tasks", "WorkerRuntime",
    ],
    "LargeModelServer": ["Content", "JSON", "Classification", "LargeModel"],
    "Recorder": [
      "Content", "Streams", "Settings", "Kafka", "KafkaHealth", "Messages", "JSON", "ResultStore", "WorkerRuntime",
    ],
    "Distiller": [
      "ModelRegistry", "Content", "Encoders", "ImageFetch", "Settings", "Postgres", "Messages", "Concurrency",
      "Datasets",
      "Cascade",
      "Classification",
      "Evaluation",
      "SmallModel",
      "ModelStore", "ResultStore", "Tasks", "WorkerRuntime",
    ],
    "Experiments": [
      "Encoders", "Cascade", "Classification", "Content", "Datasets", "Evaluation", "LargeModel", "SmallModel", "Tasks",
      "Terminal",
    ],
    // Wires the workers, so it alone, beside the workbench and the command line, imports other services.
    "Operations": Set(shared.keys).union(["Router", "LargeModelWorker", "Recorder", "Distiller"]),
    "Workbench": Set(shared.keys).union(["Operations", "Distiller", "Experiments"]),
  ]
}
