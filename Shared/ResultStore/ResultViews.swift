extension ResultStore {
  /// What somebody who looks at the database for the first time may type.
  public static let exampleQuery = "SELECT * FROM accuracy_by_answerer"
}

/// What analysts read. Every view but `latest_results` and `open_rejections` reads sums, not answers.
enum ResultViews {
  /// All of them.
  static let names = [
    "accuracy_by_task", "accuracy_by_hour", "accuracy_by_category", "accuracy_by_answerer", "agreement_by_day",
    "cost_by_day", "savings_by_day", "throughput_by_hour", "latest_results", "open_rejections", "last_labels",
    "labels_without_answer", "compared_answers", "parity_by_answerer", "small_against_large", "worth_by_answerer",
    "pace_by_task",
  ]

  /// Shares and accuracies are 0 to 1; an accuracy is null where no ground truth is known.
  /// - Parameters:
  ///   - create: the statement's first words.
  ///   - confident: over how many answers `confidence` is summed.
  ///   - more: further figures.
  private static func accuracies(create: String, confident: String, more: String = "") -> String {
    let figures = """
      sum(answers)::bigint AS answers,
      coalesce(sum(answers) FILTER (WHERE answered_by = 'large'), 0)::float8 / sum(answers)::float8 AS query_share,
      sum(correct)::float8 / nullif(sum(with_truth), 0)::float8 AS accuracy,
      sum(specific_correct)::float8 / nullif(sum(specific_with_truth), 0)::float8 AS specific_accuracy,
      sum(confidence) / \(confident)::float8 AS mean_confidence,
      sum(degraded)::bigint AS degraded,
      sum(with_truth)::bigint AS with_truth\(more)
      """
    return """
      \(create) accuracy_by_task AS
        SELECT task, \(figures)
        FROM hourly_results WHERE answered_by <> 'audit' GROUP BY task;

      \(create) accuracy_by_hour AS
        SELECT hour, task, \(figures)
        FROM hourly_results WHERE answered_by <> 'audit' GROUP BY hour, task;

      \(create) accuracy_by_category AS
        SELECT task, category, \(figures)
        FROM hourly_results WHERE answered_by <> 'audit' GROUP BY task, category;

      \(create) accuracy_by_answerer AS
        SELECT task, answered_by, model_version, sum(answers)::bigint AS answers,
          sum(answers)::float8 / (sum(sum(answers)) OVER (PARTITION BY task))::float8 AS share,
          sum(correct)::float8 / nullif(sum(with_truth), 0)::float8 AS accuracy,
          sum(confidence) / \(confident)::float8 AS mean_confidence,
          sum(with_truth)::bigint AS with_truth\(more)
        FROM hourly_results WHERE answered_by <> 'audit' GROUP BY task, answered_by, model_version;
      """
  }

  /// The accuracies where some answers have no confidence: it is the mean over the others, null where there are none.
  static let withUnsureAnswers = accuracies(
    create: "CREATE OR REPLACE VIEW", confident: "nullif(sum(answers - without_confidence), 0)")

  private static let meanQuality = """
    ,
          (sum(correct)::float8 + sum(caption_quality))
            / nullif(sum(with_truth + captions_with_truth), 0)::float8 AS mean_quality
    """

  /// The mean quality of labels and captions: of labels alone it is their accuracy.
  static let withCaptions = """
    \(accuracies(
      create: "CREATE OR REPLACE VIEW", confident: "nullif(sum(answers - without_confidence), 0)", more: meanQuality))

    CREATE OR REPLACE VIEW latest_results AS
      SELECT sequence, task, id, label, true_label, confidence, answered_by, model_version, category, answered_at,
        recorded_at, coalesce(label, caption) AS reply, coalesce(quality, (label = true_label)::int::real) AS quality
      FROM results ORDER BY sequence DESC LIMIT 100;
    """

  /// The agreement where the specific model says anything: null where it never does.
  static let agreementOfKnown = """
    CREATE OR REPLACE VIEW agreement_by_day AS
      SELECT date_trunc('day', hour, 'UTC') AS day, task, answered_by = 'audit' AS is_audit,
        sum(answers)::bigint AS answers,
        sum(specific_agrees)::float8 / nullif(sum(answers - without_specific), 0)::float8 AS agreement
      FROM hourly_results WHERE answered_by IN ('large', 'audit') GROUP BY 1, 2, 3;
    """

  /// The specific model's mean quality beside that of the answers, and its agreement also where it answers with captions.
  static let withSpecificCaptions = """
    \(accuracies(
      create: "CREATE OR REPLACE VIEW", confident: "nullif(sum(answers - without_confidence), 0)",
      more: meanQuality + """
        ,
              (sum(specific_correct)::float8 + sum(specific_caption_quality))
                / nullif(sum(specific_with_truth + specific_captions_with_truth), 0)::float8 AS specific_mean_quality,
              sum(captions_with_truth)::bigint AS captions_with_truth
        """))

    CREATE OR REPLACE VIEW agreement_by_day AS
      SELECT date_trunc('day', hour, 'UTC') AS day, task, answered_by = 'audit' AS is_audit,
        sum(answers)::bigint AS answers,
        (sum(specific_agrees)::float8 + sum(specific_caption_agreement))
          / nullif(sum(answers - without_specific), 0)::float8 AS agreement
      FROM hourly_results WHERE answered_by IN ('large', 'audit') GROUP BY 1, 2, 3;
    COMMENT ON VIEW agreement_by_day IS
      'How often the specific model says what the large one says, on hard samples and on audited easy ones; of captions, the quality of its caption were the large model''s the truth.';
    """

  /// The word that counts of each sample, and those that still wait for an answer.
  static let ofLabels = """
    CREATE VIEW last_labels AS
      SELECT DISTINCT ON (task, id) task, id, label, captions, labelled_by, labelled_at FROM labels
      ORDER BY task, id, labelled_at DESC, number DESC;

    CREATE VIEW labels_without_answer AS
      SELECT * FROM last_labels AS said
      WHERE NOT EXISTS (SELECT FROM results WHERE results.task = said.task AND results.id = said.id);
    """

  static let sql = """
    \(accuracies(create: "CREATE VIEW", confident: "sum(answers)"))

    CREATE VIEW agreement_by_day AS
      SELECT date_trunc('day', hour, 'UTC') AS day, task, answered_by = 'audit' AS is_audit,
        sum(answers)::bigint AS answers, sum(specific_agrees)::float8 / sum(answers)::float8 AS agreement
      FROM hourly_results WHERE answered_by IN ('large', 'audit') GROUP BY 1, 2, 3;
    COMMENT ON VIEW agreement_by_day IS
      'How often the specific model says what the large one says, on hard samples and on audited easy ones.';

    CREATE VIEW cost_by_day AS
      SELECT date_trunc('day', hour, 'UTC') AS day, task, answered_by, model_version,
        sum(answers)::bigint AS answers, sum(prompt_tokens)::bigint AS prompt_tokens,
        sum(completion_tokens)::bigint AS completion_tokens, sum(cost) AS cost
      FROM hourly_results GROUP BY 1, 2, 3, 4;
    COMMENT ON VIEW cost_by_day IS 'US dollars, audits included.';

    CREATE VIEW savings_by_day AS
      SELECT day, task, answers, cost, cost_per_large_answer,
        answers * cost_per_large_answer AS cost_if_all_large, answers * cost_per_large_answer - cost AS saved
      FROM (
        SELECT date_trunc('day', hour, 'UTC') AS day, task,
          (coalesce(sum(answers) FILTER (WHERE answered_by <> 'audit'), 0))::bigint AS answers, sum(cost) AS cost,
          sum(cost) FILTER (WHERE answered_by = 'large')
            / (sum(answers) FILTER (WHERE answered_by = 'large'))::float8 AS cost_per_large_answer
        FROM hourly_results GROUP BY 1, 2) AS days;
    COMMENT ON VIEW savings_by_day IS
      'US dollars against asking the large model always, at the day''s mean cost of an answer; null without one.';

    CREATE VIEW throughput_by_hour AS
      SELECT hour, task, sum(answers)::bigint AS answers,
        sum(answers)::float8 / greatest(1, least(3600, extract(epoch FROM now() - hour)))::float8
          AS answers_per_second,
        sum(seconds) / nullif(sum(timed), 0)::float8 AS mean_seconds
      FROM hourly_results WHERE answered_by <> 'audit' GROUP BY hour, task;
    COMMENT ON VIEW throughput_by_hour IS 'mean_seconds: from produced to answered.';

    CREATE VIEW latest_results AS
      SELECT sequence, task, id, label, true_label, confidence, answered_by, model_version, category, answered_at,
        recorded_at
      FROM results ORDER BY sequence DESC LIMIT 100;

    CREATE VIEW open_rejections AS
      SELECT number, task, id, reason, original_size, rejected_at
      FROM rejections WHERE replayed_at IS NULL;

    -- Who may not create roles goes on without: an administrator may run this step's GRANT later.
    DO $$
    BEGIN
      BEGIN
        CREATE ROLE analyst NOLOGIN;
        COMMENT ON ROLE analyst IS 'Reads results; CREATE USER anna IN ROLE analyst PASSWORD ''…'' adds a person.';
      EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
      END;
      GRANT SELECT ON results, audits, rejections, hourly_results, consumers, accuracy_by_task, accuracy_by_hour,
        accuracy_by_category, accuracy_by_answerer, agreement_by_day, cost_by_day, savings_by_day, throughput_by_hour,
        latest_results, open_rejections TO analyst;
    EXCEPTION WHEN insufficient_privilege OR undefined_object THEN
      RAISE WARNING 'no role analyst: %', SQLERRM;
    END $$;
    """
}
