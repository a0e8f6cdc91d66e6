import Testing

/// The package as it is.
@Suite struct ArchitectureTests {
  private let tree = SourceTree()

  @Test(arguments: ["Shared", "Services"])
  func everyImportIsDrawnAndDeclared(folder: String) throws {
    let imports = try tree.imports(below: folder)
    let violations = Architecture.violations(
      of: imports, arrows: DrawnArrows.all, pure: DrawnArrows.pure, manifest: Manifest(try tree.text("Package.swift")))
    #expect(violations == [])
  }

  @Test(arguments: ["Shared", "Services"])
  func everyModuleIsDrawnAndDeclared(folder: String) throws {
    let manifest = Manifest(try tree.text("Package.swift"))
    for module in try tree.modules(below: folder) where try !tree.swiftFiles(below: "\(folder)/\(module)").isEmpty {
      #expect(DrawnArrows.all[module] != nil, "draw \(module)'s arrows")
      #expect(manifest.dependencies[module] != nil, "declare \(module) in Package.swift")
    }
  }

  @Test(arguments: ["Shared", "Services", "Tests"])
  func everyFileIsNamedAfterItsNoun(folder: String) throws {
    let files = try tree.swiftFiles(below: folder)
    #expect(!files.isEmpty)
    #expect(Architecture.emptyNames(files) == [])
  }

  /// SwiftPM refuses a package whose target has no folder, so the image is not built without one.
  @Test func theImageGetsTheFolderOfEveryTarget() throws {
    let paths = try tree.text("Package.swift").matches(of: #/path: "(?<path>\w+(?:/\w+)?)/#).map { $0.output.path }
    let admitted = try tree.text(".dockerignore").split(separator: "\n").filter { $0.hasPrefix("!") }.map {
      $0.dropFirst()
    }
    #expect(Set(paths).count >= 4)
    for path in Set(paths) {
      #expect(admitted.contains { "\(path)/".hasPrefix("\($0)/") }, ".dockerignore keeps \(path) out")
    }
  }

  /// `String.replacing` sees characters, so it passes over a quote with a combining mark behind it, and over the line feed
  /// of CR LF. What leaves the process is escaped by bytes or scalars; here stands who replaces in other texts, and why.
  @Test func nothingIsEscapedByCharacters() throws {
    let reasons = [
      "Services/Shunt/ReportText.swift": "names of counts, of our own",
      "Shared/Settings/SettingsMap.swift": "names of variables and keys",
      "Shared/Settings/SettingsReference.swift": "help and defaults, of our own",
      "Shared/LargeModel/LabelPrompts.swift": "a task's own template",
      "Shared/ChatCompletions/Prompt.swift": "a task's own template",
      "Shared/Encoders/EncoderWeights.swift": "names of tensors",
      "Shared/LargeModelFlow/RetryAfter.swift": "names of headers, which are looked up and not sent on",
      "Services/Distiller/TaskDistiller.swift": "U+0000, which joins no mark",
      "Shared/ModelStore/ModelExport.swift": "every character that no file name should have, marks included",
    ]
    for file in try ["Shared", "Services"].flatMap(tree.swiftFiles) where reasons[file] == nil {
      let replaces = try tree.text(file).contains(#/\.replacing\(("|/|#/)|replacingOccurrences/#)
      #expect(!replaces, "\(file) replaces by characters; replace in its bytes, or say here why not")
    }
  }

  @Test(arguments: ["Shared", "Services"])
  func sqlStandsInTheStores(folder: String) throws {
    let queries = try tree.swiftFiles(below: folder).flatMap {
      Architecture.strayQueries(in: try tree.text($0), file: $0)
    }
    #expect(queries == [])
  }

  @Test func servicesOnlyMeetWhereTheyAreWired() throws {
    let services = Set(try tree.modules(below: "Services"))
    for service in services.subtracting(["Shunt", "Operations", "Workbench"]) {
      #expect(DrawnArrows.all[service]?.isDisjoint(with: services) == true)
    }
  }
}

/// The checks themselves: each must be able to fail.
@Suite struct ArchitectureCheckTests {
  private let manifest = Manifest(
    """
    let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
    let metrics = Target.Dependency.product(
      name: "Metrics", package: "swift-metrics")
    .target(
      name: "CDoor", path: "Shared/CDoor"),
    shared("Kafka", ["CDoor", logging]),
    shared("Cascade"),
    service(
      "Router",
      [
        "Kafka", "Cascade",
        logging, metrics,
      ]),
    .executableTarget(
      name: "Shunt", dependencies: ["Router", metrics], path: "Services/Shunt"),
    """)
  private let arrows: [String: Set<String>] = [
    "CDoor": [], "Cascade": [], "Kafka": ["CDoor"], "Router": ["Kafka", "Cascade"], "Recorder": ["Kafka"],
  ]

  private func violations(_ module: String, _ text: String) -> [String] {
    Architecture.violations(
      of: ImportLine.all(in: text, module: module, file: "F.swift"), arrows: arrows, pure: ["Cascade"],
      manifest: manifest)
  }

  @Test func theManifestsFormsAreRead() {
    #expect(
      manifest.dependencies == [
        "CDoor": [], "Kafka": ["CDoor", "Logging"], "Cascade": [],
        "Router": ["Kafka", "Cascade", "Logging", "Metrics"], "Shunt": ["Router", "Metrics"],
      ])
  }

  @Test(arguments: [
    "import Kafka", "  import Kafka // why", "@preconcurrency import Kafka", "@testable import Kafka",
    "@_spi(Testing) public import Kafka", "import struct Kafka.Message", "internal import Kafka", "import Kafka.Sub",
  ])
  func everyFormOfImportIsSeen(text: String) {
    #expect(ImportLine.all(in: "\n" + text, module: "M", file: "F").map(\.imported) == ["Kafka"])
    #expect(ImportLine.all(in: "\n" + text, module: "M", file: "F").map(\.line) == [2])
  }

  @Test(arguments: ["// import Kafka", "let important = 1", "importKafka()", "/// import Kafka"])
  func whatIsNoImport(text: String) { #expect(ImportLine.all(in: text, module: "M", file: "F") == []) }

  @Test func drawnAndDeclaredPasses() {
    #expect(violations("Router", "import Cascade\nimport Foundation\nimport Kafka\nimport Logging") == [])
    #expect(violations("Cascade", "import Foundation") == [])
  }

  @Test func aServiceAtTheCDoorFails() {
    #expect(
      violations("Router", "import CDoor") == ["F.swift:1: Router imports CDoor: this arrow is not drawn in the design"]
    )
  }

  @Test func aServiceInAnotherFails() { #expect(violations("Router", "import Recorder").count == 1) }

  @Test func anArrowUpwardFails() { #expect(violations("Kafka", "import Router").count == 1) }

  @Test func aLibraryInThePureCoreFails() {
    #expect(violations("Cascade", "import Logging")[0].contains("pure"))
  }

  @Test func whatIsPureMayImportWhatIsPure() {
    let manifest = Manifest(#"shared("Cascade"), shared("Labels", ["Cascade"]),"#)
    let imports = ImportLine.all(in: "import Cascade", module: "Labels", file: "F.swift")
    #expect(
      Architecture.violations(
        of: imports, arrows: ["Cascade": [], "Labels": ["Cascade"]], pure: ["Cascade", "Labels"], manifest: manifest)
        == [])
  }

  @Test func anUndeclaredLibraryFails() {
    #expect(
      violations("Kafka", "import Metrics") == [
        "F.swift:1: Kafka imports Metrics: Package.swift does not declare it for Kafka"
      ])
  }

  @Test func aDrawnButUndeclaredModuleFails() {
    #expect(violations("Recorder", "import Kafka")[0].contains("does not declare"))
  }

  @Test func anUndrawnModuleFails() { #expect(violations("Novel", "import Foundation").count == 1) }

  @Test(arguments: [
    #"    let n = try await connection.query("SELECT 1")"#, "      SELECT id FROM results", "  INSERT INTO results",
    #"try session.execute("UPDATE models SET state = $1")"#, #""DELETE FROM results""#, #""LISTEN \"channel\"""#,
  ])
  func strayQueriesFail(line: String) {
    #expect(Architecture.strayQueries(in: "let x = 1\n\(line)", file: "Services/Router/Router.swift").count == 1)
    #expect(Architecture.strayQueries(in: line, file: "Shared/ModelStore/Models.swift") == [])
  }

  @Test(arguments: [#"say("Select a task")"#, "/// SELECT is Postgres's.", #"help: "Copy it.""#, "// UPDATE x SET y"])
  func wordsThatSqlHasTooPass(line: String) {
    #expect(Architecture.strayQueries(in: line, file: "Services/Shunt/X.swift") == [])
  }

  @Test(arguments: [
    "Shared/A/StringUtils.swift", "Common.swift", "KafkaManager.swift", "Helpers+More.swift", "A/Util.swift",
  ])
  func emptyNamesFail(path: String) { #expect(Architecture.emptyNames([path]).count == 1) }

  @Test func namesThatOnlyContainSuchAWordPass() {
    #expect(
      Architecture.emptyNames(["CommonsLicense.swift", "Utilisation.swift", "Shared/Kafka/Consumer.swift"]) == [])
  }
}
