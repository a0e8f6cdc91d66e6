// swift-tools-version: 6.2
import PackageDescription

/// Continuous integration builds with warnings as errors; a user's newer compiler must not stop a build. Tests look into
/// modules: scripts/test opens the release build to them by `SHUNT_TEST_BUILD`, and the program that users get stays closed.
let swiftSettings: [SwiftSetting] =
  [.enableUpcomingFeature("ExistentialAny")]
  + (Context.environment["CI"] == nil ? [] : [.treatAllWarnings(as: .error)])
  + (Context.environment["SHUNT_TEST_BUILD"] == nil
    ? [] : [.unsafeFlags(["-enable-testing"], .when(configuration: .release))])

/// Debian's libtorch keeps its C++ headers below this folder; `LIBTORCH_INCLUDE` names another installation's.
let torchInclude = Context.environment["LIBTORCH_INCLUDE"] ?? "/usr/include"

func shared(
  _ name: String, _ dependencies: [Target.Dependency] = [], resources: [Resource]? = nil
) -> Target {
  .target(
    name: name, dependencies: dependencies, path: "Shared/\(name)", resources: resources,
    swiftSettings: swiftSettings)
}

func service(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
  .target(
    name: name, dependencies: dependencies, path: "Services/\(name)", swiftSettings: swiftSettings)
}

func test(
  _ name: String, _ dependencies: [Target.Dependency], resources: [Resource]? = nil
) -> Target {
  .testTarget(
    name: name, dependencies: dependencies, path: "Tests/\(name)", resources: resources,
    swiftSettings: swiftSettings)
}

let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let metrics = Target.Dependency.product(name: "Metrics", package: "swift-metrics")
let metricsCore = Target.Dependency.product(name: "CoreMetrics", package: "swift-metrics")
let lifecycle = Target.Dependency.product(
  name: "ServiceLifecycle", package: "swift-service-lifecycle")
let configuration = Target.Dependency.product(
  name: "Configuration", package: "swift-configuration")
let hummingbird = Target.Dependency.product(name: "Hummingbird", package: "hummingbird")
let httpClient = Target.Dependency.product(name: "AsyncHTTPClient", package: "async-http-client")
let nioCore = Target.Dependency.product(name: "NIOCore", package: "swift-nio")
let nioPosix = Target.Dependency.product(name: "NIOPosix", package: "swift-nio")
let nioSSL = Target.Dependency.product(name: "NIOSSL", package: "swift-nio-ssl")
let nioHTTP1 = Target.Dependency.product(name: "NIOHTTP1", package: "swift-nio")
let nioCompression = Target.Dependency.product(name: "NIOHTTPCompression", package: "swift-nio-extras")
let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
let arguments = Target.Dependency.product(
  name: "ArgumentParser", package: "swift-argument-parser")

let package = Package(
  name: "data-shunt",
  platforms: [.macOS(.v15)],
  products: [
    .executable(name: "shunt", targets: ["Shunt"]),
    .executable(name: "shunt-benchmark", targets: ["Benchmark"]),
    .executable(name: "shunt-soak", targets: ["Soak"]),
    .executable(name: "shunt-fuzz", targets: ["Fuzz"]),
    .executable(name: "shunt-fuzz-pictures", targets: ["PictureFuzz"]),
    .library(name: "ShuntTorch", type: .dynamic, targets: ["ShuntTorch"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser.git", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-configuration.git", from: "1.4.0"),
    .package(url: "https://github.com/apple/swift-log.git", from: "1.16.2"),
    .package(url: "https://github.com/apple/swift-metrics.git", from: "2.13.0"),
    .package(url: "https://github.com/apple/swift-nio.git", from: "2.101.2"),
    .package(url: "https://github.com/apple/swift-nio-extras.git", from: "1.35.2"),
    .package(url: "https://github.com/apple/swift-nio-ssl.git", from: "2.37.6"),
    .package(url: "https://github.com/swift-server/swift-service-lifecycle.git", from: "2.13.0"),
    .package(url: "https://github.com/swift-server/async-http-client.git", from: "1.37.0"),
    .package(url: "https://github.com/apple/swift-crypto.git", from: "4.5.2"),
    .package(url: "https://github.com/hummingbird-project/hummingbird.git", from: "2.28.1"),
  ],
  targets: [
    // C doors.
    .systemLibrary(
      name: "CLibrdkafka", path: "Shared/CLibrdkafka", pkgConfig: "rdkafka",
      providers: [.apt(["librdkafka-dev"])]),
    .systemLibrary(
      name: "CLibpq", path: "Shared/CLibpq", pkgConfig: "libpq", providers: [.apt(["libpq-dev"])]),
    .systemLibrary(
      name: "CZlib", path: "Shared/CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    .target(
      name: "CSimdjson", path: "Shared/CSimdjson",
      cxxSettings: [.unsafeFlags(["-O3"])], linkerSettings: [.linkedLibrary("simdjson")]),
    .systemLibrary(name: "CTorch", path: "Shared/CTorch"),
    // Behind CTorch's header; loaded at run time, so nothing depends on it.
    .target(
      name: "ShuntTorch", path: "Shared/ShuntTorch",
      cxxSettings: [
        .headerSearchPath("../CTorch"),
        .unsafeFlags([
          "-I\(torchInclude)", "-I\(torchInclude)/torch/csrc/api/include", "-w", "-O2",
        ]),
      ],
      linkerSettings: [.linkedLibrary("torch"), .linkedLibrary("torch_cpu"), .linkedLibrary("c10")]
    ),
    .target(name: "CEfficientNet", path: "Shared/CEfficientNet", cSettings: [.unsafeFlags(["-O3"])]),
    .target(name: "CResNet", path: "Shared/CResNet", cSettings: [.unsafeFlags(["-O3", "-fno-honor-nans"])]),
    .target(name: "CLanes", path: "Shared/CLanes"),
    .target(
      name: "CLSTM", dependencies: ["CLanes"], path: "Shared/CLSTM",
      cSettings: [.unsafeFlags(["-O3", "-fno-honor-nans"])]),
    .target(
      name: "CCaptioner", dependencies: ["CLanes"], path: "Shared/CCaptioner",
      cSettings: [.unsafeFlags(["-O3", "-fno-honor-nans"])]),
    .target(
      name: "CTransformer", path: "Shared/CTransformer", cSettings: [.unsafeFlags(["-O3"])],
      linkerSettings: [.linkedLibrary("dnnl"), .linkedLibrary("gomp")]),
    .target(name: "CFolded", path: "Shared/CFolded", cSettings: [.unsafeFlags(["-O3", "-fno-honor-nans"])]),

    .target(
      name: "CImages", path: "Shared/CImages", cSettings: [.unsafeFlags(["-O3"])],
      linkerSettings: [
        .linkedLibrary("png16"), .linkedLibrary("jpeg"), .linkedLibrary("webp"), .linkedLibrary("webpdemux"),
      ]),

    // Shared modules, from the ground up.
    shared("Concurrency"),
    shared("Images", ["CImages"]),
    shared("Kafka", ["CLibrdkafka", "Concurrency", logging, metrics]),
    shared("Postgres", ["CLibpq", "Concurrency", logging]),
    shared("JSON", ["CSimdjson"]),
    shared("Torch", ["CTorch"]),
    shared("Safetensors"),
    shared("Tokenizer"),
    shared("Captioning"),
    shared("Content", ["Captioning"]),
    shared("Cascade"),
    shared("Classification", ["Cascade"]),
    shared("Datasets", ["CZlib", "Content", "Images", "JSON", "Messages", crypto]),
    shared("Terminal"),
    shared("Messages", ["JSON", "Content", "Cascade", "Classification"]),
    shared(
      "Encoders",
      [
        "CEfficientNet", "CTransformer", "Concurrency", "Content", "Images", "Safetensors", "Tokenizer", "Torch",
        crypto,
      ]),
    shared(
      "SmallModel",
      [
        "Settings", "Content", "Encoders", "CCaptioner", "CFolded", "CLSTM", "CResNet", "Concurrency", "Images",
        "Torch",
        "Safetensors",
        "Tokenizer",
        "Cascade", "Classification",
      ]),
    shared("LargeModel", ["Concurrency", "Content", "Encoders", "Images", "LargeModelFlow"]),
    shared("LargeModelFlow", ["Concurrency", crypto]),
    shared(
      "ImageFetch", ["Concurrency", "LargeModelFlow", "Settings", httpClient, nioCore, nioPosix, nioSSL, crypto]),
    shared(
      "ChatCompletions",
      [
        "Concurrency", "Content", "Images", "LargeModel", "LargeModelFlow", "JSON", httpClient, nioCore, nioHTTP1,
        nioCompression, nioSSL,
        crypto, logging,
      ]),
    shared("Settings", [configuration]),
    shared("WorkerRuntime", ["Settings", logging, metrics, metricsCore, lifecycle, hummingbird]),
    shared(
      "Tasks",
      [
        "Captioning", "Concurrency", "Content", "Encoders", "Settings", "Cascade", "Classification", "Datasets",
        "SmallModel",
        "LargeModel", "LargeModelFlow", "ChatCompletions",
      ]),
    shared(
      "Evaluation",
      [
        "Captioning", "Content", "Encoders", "Cascade", "Classification", "Datasets", "JSON", "LargeModel", "Messages",
        "SmallModel", "Tasks",
      ]),
    shared("KafkaHealth", ["Kafka", "WorkerRuntime"]),
    shared("Streams", ["Kafka", "Messages", "JSON"]),
    shared(
      "LargeModelStore",
      ["Classification", "Concurrency", "LargeModel", "LargeModelFlow", "Postgres", logging, metrics]),
    shared("ModelRegistry", ["Cascade", "Encoders", "ModelStore", "SmallModel"]),
    shared("ModelStore", ["Cascade", "Postgres", "ResultStore", crypto]),
    shared("ResultStore", ["Content", "Cascade", "Postgres", logging]),

    // Services. They never import each other.
    service(
      "Router",
      [
        "Cascade", "ModelRegistry", "Concurrency", "Streams", "Content", "ImageFetch", "Images", "Settings", "Kafka",
        "KafkaHealth", "Messages", "JSON", "Classification", "SmallModel", "ModelStore", "Postgres", "WorkerRuntime",
        logging,
        metrics, lifecycle,
      ]),
    service(
      "LargeModelWorker",
      [
        "Content", "Streams", "Concurrency", "ImageFetch", "Settings", "Kafka", "KafkaHealth", "Postgres", "Messages",
        "JSON", "Cascade", "Classification", "LargeModel", "LargeModelFlow", "LargeModelStore", "Tasks",
        "WorkerRuntime", logging, metrics, lifecycle,
      ]),
    service(
      "LargeModelServer", ["Content", "JSON", "Classification", "LargeModel", hummingbird, nioCore, logging, lifecycle]),
    service(
      "Recorder",
      [
        "Content", "Streams", "Settings", "Kafka", "KafkaHealth", "Messages", "JSON", "ResultStore", "WorkerRuntime",
        logging, metrics, lifecycle,
      ]),
    service(
      "Distiller",
      [
        "ModelRegistry", "Content", "Encoders", "ImageFetch", "Settings", "Datasets", "Concurrency", "Postgres",
        "Messages", "Cascade",
        "Classification", "Evaluation", "SmallModel", "ModelStore", "ResultStore", "Tasks", "WorkerRuntime", logging,
        metrics, lifecycle,
      ]),
    service(
      "Experiments",
      [
        "Encoders", "Cascade", "Classification", "Content", "Datasets", "Evaluation", "LargeModel", "SmallModel",
        "Tasks", "Terminal",
      ]),
    service(
      "Operations",
      [
        "Cascade", "Content", "ModelRegistry", "Streams", "Encoders", "Evaluation", "ChatCompletions", "Distiller",
        "ImageFetch",
        "JSON", "Kafka", "LargeModel", "LargeModelStore", "LargeModelWorker", "Messages", "ModelStore", "Postgres",
        "Recorder",
        "ResultStore", "Router", "Settings", "SmallModel", "Tasks", "WorkerRuntime", logging, lifecycle,
      ]),
    service(
      "Workbench",
      [
        "ModelRegistry", "Captioning", "Encoders", "Cascade", "Classification", "Content", "Datasets", "Distiller",
        "Evaluation", "Experiments", "Kafka", "LargeModel", "Messages", "ModelStore", "Operations", "Postgres",
        "ResultStore", "SmallModel",
        "Tasks", "WorkerRuntime",
      ]),
    .executableTarget(
      name: "Shunt",
      dependencies: [
        "Encoders", "ImageFetch", "Operations", "Settings", "Workbench", "Kafka", "Postgres", "Messages", "Cascade",
        "Classification", "Content", "SmallModel", "LargeModel", "LargeModelStore", "ModelStore", "ResultStore",
        "Tasks",
        "WorkerRuntime",
        "Router",
        "LargeModelWorker", "LargeModelServer", "Recorder", "Distiller", "Evaluation", "Experiments", "Datasets",
        "Terminal", arguments, lifecycle,
      ],
      path: "Services/Shunt", swiftSettings: swiftSettings),

    .executableTarget(
      name: "Benchmark",
      dependencies: [
        "Content", "Images", "Streams", "Encoders", "Kafka", "Postgres", "Messages", "Cascade", "Classification",
        "Datasets", "SmallModel", "ResultStore", "Tasks", "Tokenizer", "WorkerRuntime", "Router", "Recorder",
        "Evaluation", "Experiments", arguments, logging,
      ],
      path: "Benchmarks/Program", swiftSettings: swiftSettings),

    // Tests, one folder a module.
    .target(
      name: "TestSupport",
      dependencies: [
        "Captioning", "Cascade", "Content", "Encoders", "Images", "Kafka", "Postgres", "Safetensors", "Settings",
        "SmallModel", nioCore, nioPosix, nioSSL,
      ],
      path: "Tests/TestSupport",
      swiftSettings: swiftSettings),
    test("ConcurrencyTests", ["Concurrency"]),
    test("KafkaTests", ["CLibrdkafka", "Kafka", "TestSupport"]),
    test("PostgresTests", ["Postgres", "TestSupport"]),
    test("JSONTests", ["JSON"]),
    test("ImagesTests", ["Images"], resources: [.copy("Fixtures")]),
    test("TorchTests", ["Torch"]),
    test("SafetensorsTests", ["Safetensors"]),
    test("TokenizerTests", ["Tokenizer"], resources: [.copy("Golden")]),
    test("CaptioningTests", ["Captioning"], resources: [.copy("Golden")]),
    test("ContentTests", ["Content"]),
    test("CascadeTests", ["Cascade"]),
    test("ClassificationTests", ["Classification", "Cascade"]),
    test("DatasetsTests", ["Content", "Datasets"]),
    test("MessagesTests", ["JSON", "Messages", "Content", "Classification"], resources: [.copy("Fixtures")]),
    test(
      "SmallModelTests",
      [
        "Content", "Encoders", "Images", "Settings", "Safetensors", "Tokenizer", "Torch", "SmallModel", "Cascade",
        "TestSupport",
      ]),
    test(
      "EncodersTests", ["Content", "Encoders", "Images", "Safetensors", "TestSupport"], resources: [.copy("Golden")]),
    test("LargeModelTests", ["Content", "Encoders", "Images", "LargeModel", "TestSupport"]),
    .target(
      name: "PracticeServer", dependencies: ["JSON", "LargeModelServer", hummingbird, logging],
      path: "Tests/PracticeServer",
      swiftSettings: swiftSettings),
    .executableTarget(
      name: "Soak",
      dependencies: [
        "Concurrency", "Content", "Encoders", "Images", "Kafka", "Streams", "Postgres", "Messages", "Cascade",
        "SmallModel", "Tokenizer", "Terminal", "PracticeServer", arguments, logging,
      ],
      path: "Tests/Soak", swiftSettings: swiftSettings),
    test("SoakTests", ["Soak", "TestSupport"]),
    .target(
      name: "Fuzzing", dependencies: ["CZlib", "Images", "Cascade", "Terminal", arguments], path: "Tests/Fuzzing",
      swiftSettings: swiftSettings),
    .executableTarget(
      name: "PictureFuzz", dependencies: ["Fuzzing", arguments], path: "Tests/PictureFuzz", swiftSettings: swiftSettings
    ),
    .executableTarget(
      name: "Fuzz",
      dependencies: [
        "Fuzzing", "JSON", "Messages", "ChatCompletions", "Datasets", "Postgres", "Safetensors", "SmallModel",
        "LargeModelFlow", "LargeModelServer", "Tasks", "Tokenizer", arguments,
      ],
      path: "Tests/Fuzz", swiftSettings: swiftSettings),
    test("FuzzTests", ["Fuzz", "Fuzzing"]),
    test("LargeModelFlowTests", ["Concurrency", "LargeModelFlow"]),
    test("ImageFetchTests", ["ImageFetch", "LargeModelFlow", "Settings", "TestSupport", nioSSL]),
    test(
      "ChatCompletionsTests",
      [
        "Concurrency", "Content", "JSON", "LargeModel", "LargeModelFlow", "LargeModelServer", "ChatCompletions",
        "PracticeServer", "TestSupport", nioCore, nioPosix, nioSSL,
      ]),
    test("SettingsTests", ["Settings"]),
    test("WorkerRuntimeTests", ["Settings", "WorkerRuntime"]),
    test("TerminalTests", ["Terminal"]),
    test(
      "TasksTests", ["Encoders", "SmallModel", "ChatCompletions", "LargeModel", "Settings", "Tasks", "Classification"]),
    test("ModelStoreTests", ["Cascade", "ModelStore", "Postgres", "ResultStore", "TestSupport"]),
    test(
      "DistillerTests",
      [
        "Content", "Encoders", "ImageFetch", "Settings", "Distiller", "Cascade", "Classification", "Evaluation",
        "Messages", "ModelRegistry", "SmallModel",
        "Tokenizer", "LargeModel", "Tasks", "ModelStore", "ResultStore", "Postgres", "WorkerRuntime", "TestSupport",
        logging,
      ]),
    test("ResultStoreTests", ["Content", "Cascade", "Postgres", "ResultStore", "TestSupport"]),
    test(
      "LargeModelStoreTests",
      ["Classification", "LargeModel", "LargeModelStore", "LargeModelFlow", "Postgres", "TestSupport"]),
    test(
      "LargeModelWorkerTests",
      [
        "Content", "Streams", "Encoders", "LargeModelWorker", "LargeModelStore", "LargeModelFlow", "LargeModel",
        "Tasks", "Classification", "Messages", "JSON", "Kafka", "Postgres", "WorkerRuntime", "PracticeServer",
        "TestSupport", logging, lifecycle,
      ]),
    test(
      "EvaluationTests",
      [
        "Captioning", "Content", "Encoders", "Evaluation", "Cascade", "Classification", "Datasets", "Images",
        "LargeModel", "SmallModel", "Tasks", "TestSupport",
      ]),
    test("ExperimentsTests", ["Content", "Datasets", "Evaluation", "Experiments"]),
    test(
      "OperationsTests",
      [
        "Settings", "Classification", "Distiller", "JSON", "Kafka", "LargeModelFlow", "LargeModelStore", "Messages",
        "ModelStore", "Operations", "Postgres", "PracticeServer", "ResultStore", "Tasks", "TestSupport",
        "WorkerRuntime", logging, lifecycle,
      ]),
    test(
      "WorkbenchTests",
      [
        "ResultStore", "Cascade", "Datasets", "Distiller", "Evaluation", "ModelStore", "Operations", "Postgres",
        "SmallModel", "TestSupport", "Tokenizer", "Workbench", "WorkerRuntime",
      ]),
    test(
      "CommandLineTests",
      [
        "Content", "Images", "JSON", "Kafka", "Messages", "ModelStore", "Postgres", "ResultStore", "SmallModel",
        "TestSupport",
      ]),
    test(
      "LargeModelServerTests",
      ["Content", "LargeModelServer", "ChatCompletions", "LargeModel", "WorkerRuntime", logging]),
    test("ArchitectureTests", []),
    test(
      "EndToEndTests",
      [
        "Cascade", "Distiller", "Evaluation", "Encoders", "ModelRegistry", "Content", "ImageFetch", "Streams",
        "Settings", "Router",
        "LargeModelWorker",
        "Recorder", "TestSupport", "Messages", "JSON", "Kafka", "Postgres", "Classification", "SmallModel",
        "LargeModel", "Tasks",
        "Tokenizer", "ResultStore", "ModelStore", "WorkerRuntime", logging, lifecycle,
      ]),
  ],
  cxxLanguageStandard: .cxx17
)
