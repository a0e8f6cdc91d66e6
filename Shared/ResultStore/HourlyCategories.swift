import Postgres

/// Producers choose categories, so they could make the sums as large as the answers: of each task's hour only so many are
/// told apart.
extension HourlySums {
  /// What the categories beyond the cap are summed as.
  static let other = StoredText("other")

  /// The sums with every category that is over the cap counted as `other`.
  /// - Parameter standing: the categories that each task's hour has in the table.
  func capped(_ most: Int, standing: [Period: Set<StoredText>]) -> Self {
    var (capped, standing) = (Self([]), standing)
    // In an order of their own, so that the same batch is capped alike when it is tried again.
    for (key, sums) in sums.sorted(by: { $0.key.category < $1.key.category }) {
      var key = key
      var known = standing[key.period] ?? []
      if !key.category.text.isEmpty, !known.contains(key.category) {
        if known.count < most {
          known.insert(key.category)
        } else {
          key.category = Self.other
          capped.other += sums.answers
        }
      }
      standing[key.period] = known
      capped.sums[key, default: Sums()].add(sums)
    }
    return capped
  }

  /// The categories that stand in the table for the hours of these sums. Another recorder may add some meanwhile, so the
  /// cap holds for each recorder.
  func standingCategories(_ session: Session) throws -> [Period: Set<StoredText>] {
    let periods = Array(Set(sums.keys.map(\.period)))
    let rows = try session.query(
      """
      SELECT DISTINCT (extract(epoch FROM hour) / 3600)::bigint AS hour, task, category FROM hourly_results
      WHERE category <> '' AND (hour, task) IN (
        SELECT to_timestamp(s.seconds), s.task FROM unnest($1::bigint[], $2::text[]) AS s (seconds, task))
      """, [.integers(periods.map { $0.hour * 3_600 }), .texts(periods.map(\.task.text))])
    var standing: [Period: Set<StoredText>] = [:]
    for row in rows {
      let period = Period(hour: try row["hour"], task: StoredText(try row["task"]))
      standing[period, default: []].insert(StoredText(try row["category"]))
    }
    return standing
  }
}
