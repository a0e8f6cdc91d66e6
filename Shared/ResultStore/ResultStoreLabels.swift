import Content
import Postgres

/// Labels by people. A label and its sample's answer may come in either order and at once, so who writes labels keeps those
/// who write answers out for that moment: none can miss the other's rows.
extension ResultStore {
  private static let lock = "shunt labels"

  /// A label that the database refuses.
  public struct RefusedLabel: Sendable, Equatable {
    /// Where it stood.
    public let place: Int
    /// The database's words.
    public let reason: String
  }

  /// What became of labels.
  public struct Labelled: Sendable, Equatable {
    /// Labels that are new.
    public var recorded = 0
    /// Labels that stood there already.
    public var repeated = 0
    /// Labels, new or not, whose sample has an answer; the others wait for theirs.
    public var matched = 0
    /// Labels that the database refuses; everything else is stored.
    public var refused: [RefusedLabel] = []

    /// Nothing yet.
    public init() {}

    /// Adds what became of the labels that follow.
    public mutating func add(_ other: Labelled) {
      let places = recorded + repeated + refused.count
      recorded += other.recorded
      repeated += other.repeated
      matched += other.matched
      refused += other.refused.map { RefusedLabel(place: $0.place + places, reason: $0.reason) }
    }
  }

  /// Labels a transaction, at most: while it runs no answer is written.
  private static let labelsAtOnce = 1_000

  /// Writes labels, and what follows from them for the answers that are there: their truth, their quality, and the sums.
  /// The same label may be handed in again, and labels of one sample in any order: the last one counts, by when it was
  /// said.
  /// - Throws: `PostgresError` where the fault is neither the data's nor the world's, or `backoff` ends;
  ///   `CancellationError`.
  public func write(labels: [GoldLabelRow]) async throws -> Labelled {
    var labelled = Labelled()
    for start in stride(from: 0, to: labels.count, by: Self.labelsAtOnce) {
      try await write(labels, start..<min(start + Self.labelsAtOnce, labels.count), &labelled)
    }
    return labelled
  }

  private func write(_ labels: [GoldLabelRow], _ places: Range<Int>, _ labelled: inout Labelled) async throws {
    let rows = Array(labels[places])
    do {
      let part = try await transaction(rows.count) { try Self.store(rows, $0) }
      labelled.recorded += part.recorded
      labelled.repeated += rows.count - part.recorded
      labelled.matched += part.matched
    } catch let error as PostgresError where rows.count > 1 && error.mayPassForLess {
      let middle = places.lowerBound + rows.count / 2
      try await write(labels, places.lowerBound..<middle, &labelled)
      try await write(labels, middle..<places.upperBound, &labelled)
    } catch let error as PostgresError where error.fault == .data {
      labelled.refused.append(
        RefusedLabel(place: places.lowerBound, reason: "cannot be stored: \(error)".cut(toBytes: 1000)))
    }
  }

  private static func store(_ rows: [GoldLabelRow], _ session: Session) throws -> (recorded: Int, matched: Int) {
    try session.lockUntilCommit(lock)
    var buffer = CopyBuffer()
    for row in rows { buffer.row { row.append(to: &$0) } }
    let columns = GoldLabelRow.columns.joined(separator: ", ")
    try session.run(script: "CREATE TEMP TABLE said ON COMMIT DROP AS SELECT \(columns) FROM labels WITH NO DATA")
    try session.copy(into: "said", columns: GoldLabelRow.columns, from: buffer)
    let recorded = try session.execute(
      "INSERT INTO labels (\(columns)) SELECT \(columns) FROM said ON CONFLICT DO NOTHING")
    let last = try lastWords(session, among: "SELECT task, id FROM said")
    for table in [ResultTable.results, .audits] { try judge(last, table, session) }
    let matched: Int = try session.query(
      "SELECT count(*) AS n FROM said JOIN results USING (task, id)"
    ).one()["n"]
    return (recorded, matched)
  }

  /// The label that counts, of each sample that a query names.
  private static func lastWords(
    _ session: Session, among samples: String, _ parameters: [Parameter] = []
  ) throws -> [SampleKey: GoldLabelRow] {
    let rows = try session.query(
      """
      SELECT DISTINCT ON (task, id) * FROM labels WHERE (task, id) IN (\(samples))
      ORDER BY task, id, labelled_at DESC, number DESC
      """, parameters)
    return try rows.reduce(into: [:]) { words, row in
      let word = try GoldLabelRow(row)
      words[SampleKey(task: word.task, id: word.id)] = word
    }
  }

  /// Brings stored answers in line with labels, and the sums with the answers.
  private static func judge(
    _ last: [SampleKey: GoldLabelRow], _ table: ResultTable, _ session: Session
  ) throws {
    let stored = try session.query(
      """
      SELECT * FROM \(table.rawValue) WHERE (task, id) IN (SELECT task, id FROM said) ORDER BY task, id FOR UPDATE
      """
    ).map { try ResultRow($0, isAudit: table.isAudit) }
    var (before, after): ([ResultRow], [ResultRow]) = ([], [])
    for row in stored {
      guard let judged = last[SampleKey(row)].flatMap({ row.labelled(by: $0) }) else { continue }
      before.append(row)
      after.append(judged)
    }
    guard !after.isEmpty else { return }
    let columns = ResultColumn.judged.map(\.name)
    try session.run(
      script: """
        CREATE TEMP TABLE judged ON COMMIT DROP AS
        SELECT task, id, \(columns.joined(separator: ", ")) FROM results WITH NO DATA
        """)
    var buffer = CopyBuffer()
    for row in after {
      buffer.row { buffer in
        buffer.append(row.task)
        buffer.append(row.id)
        for column in ResultColumn.judged { column.append(row, &buffer) }
      }
    }
    try session.copy(into: "judged", columns: ["task", "id"] + columns, from: buffer)
    try session.execute(
      """
      UPDATE \(table.rawValue) AS stored SET \(columns.map { "\($0) = judged.\($0)" }.joined(separator: ", "))
      FROM judged WHERE stored.task = judged.task AND stored.id = judged.id
      """)
    try session.run(script: "DROP TABLE judged")
    try HourlySums(after).less(HourlySums(before)).correct(session)
  }

  /// The rows with what people have said of their samples before the answers came; `nil` where nobody has. No label comes
  /// until the transaction ends.
  static func labelled(_ rows: [ResultRow], _ session: Session) throws -> [ResultRow]? {
    try session.query("SELECT pg_advisory_xact_lock_shared(hashtextextended($1, 0))", [.text(lock)])
    let hasLabels: Bool = try session.query("SELECT EXISTS (SELECT FROM labels) AS labels").one()["labels"]
    guard hasLabels else { return nil }
    let last = try lastWords(
      session,
      among: "SELECT s.task, s.id FROM unnest($1::text[], $2::text[]) AS s (task, id)",
      [.texts(rows.map(\.task)), .texts(rows.map(\.id))])
    guard !last.isEmpty else { return nil }
    return rows.map { row in last[SampleKey(row)].flatMap { row.labelled(by: $0) } ?? row }
  }
}

extension ResultColumn {
  /// Those that follow from a label.
  fileprivate static let judged = all.filter {
    ["true_label", "true_captions", "quality", "specific_quality", "labelled_at"].contains($0.name)
  }
}
