extension ResultViews {
  /// What answers are worth. The sums say who answers at which cost; where two models are compared, audits and hard answers
  /// are read.
  static let ofWorth = """
    CREATE VIEW compared_answers AS
      SELECT task, id, answered_at, false AS is_audit, answered_by, model_version,
        coalesce(specific_label, specific_caption) AS specific_reply, specific_confidence,
        coalesce(label, caption) AS large_reply, confidence AS large_confidence,
        specific_label = label AS agrees,
        coalesce(specific_quality, (specific_label = true_label)::int::real) AS specific_quality,
        coalesce(quality, (label = true_label)::int::real) AS large_quality, labelled_at
      FROM results WHERE answered_by = 'large' AND num_nonnulls(specific_label, specific_caption) = 1
      UNION ALL
      SELECT audits.task, audits.id, answer.answered_at, true, answer.answered_by, answer.model_version,
        coalesce(audits.specific_label, audits.specific_caption), audits.specific_confidence,
        coalesce(audits.label, audits.caption), audits.confidence,
        audits.specific_label = audits.label,
        coalesce(audits.specific_quality, (audits.specific_label = audits.true_label)::int::real),
        coalesce(audits.quality, (audits.label = audits.true_label)::int::real), audits.labelled_at
      FROM audits JOIN results AS answer USING (task, id)
      WHERE num_nonnulls(audits.specific_label, audits.specific_caption) = 1;
    COMMENT ON VIEW compared_answers IS
      'Samples on which both the specific and the large model have spoken: hard ones, and audited ones; one row each.';

    CREATE VIEW parity_by_answerer AS
      SELECT audits.task, answer.answered_by, answer.model_version, count(*)::bigint AS audits,
        count(*) FILTER (WHERE answer.label = audits.label)::bigint AS agreeing,
        avg((answer.label = audits.label)::int)::float8 AS parity
      FROM audits JOIN results AS answer USING (task, id)
      WHERE answer.label IS NOT NULL AND audits.label IS NOT NULL GROUP BY 1, 2, 3;
    COMMENT ON VIEW parity_by_answerer IS
      'Of the audited answers of small models those that the large model gives too; of labels.';

    CREATE VIEW small_against_large AS
      SELECT task, is_audit, count(*)::bigint AS samples, count(large_quality)::bigint AS with_truth,
        count(*) FILTER (WHERE specific_quality = large_quality AND large_quality = 1)::bigint AS both_right,
        count(*) FILTER (WHERE large_quality > specific_quality)::bigint AS winnable,
        count(*) FILTER (WHERE large_quality < specific_quality)::bigint AS breakable,
        count(*) FILTER (WHERE specific_quality = large_quality AND large_quality < 1)::bigint AS both_wrong,
        avg(agrees::int)::float8 AS agreement
      FROM compared_answers GROUP BY 1, 2;
    COMMENT ON VIEW small_against_large IS
      'winnable: the large model is right and the specific one is not, or better; breakable: the other way round.';

    CREATE VIEW worth_by_answerer AS
      SELECT sums.*, coalesce(parity.audits, 0) AS audits, coalesce(parity.agreeing, 0) AS agreeing
      FROM (
        SELECT task, answered_by, sum(answers)::bigint AS answers,
          sum(with_truth + captions_with_truth)::bigint AS with_truth,
          sum(correct)::float8 + sum(caption_quality) AS quality,
          (sum(correct)::float8 + sum(caption_quality)) / nullif(sum(with_truth + captions_with_truth), 0)::float8
            AS accuracy,
          sum(confidence) / nullif(sum(answers - without_confidence), 0)::float8 AS mean_confidence, sum(cost) AS cost
        FROM hourly_results GROUP BY 1, 2) AS sums
      LEFT JOIN (
        SELECT task, answered_by, sum(audits)::bigint AS audits, sum(agreeing)::bigint AS agreeing
        FROM parity_by_answerer GROUP BY 1, 2) AS parity USING (task, answered_by);
    COMMENT ON VIEW worth_by_answerer IS
      'Accuracy beside parity; mean_confidence is the accuracy that calibrated confidences promise. cost: US dollars.';

    CREATE VIEW pace_by_task AS
      SELECT task, first_at, newest_at, coalesce(sums.answers, 0)::bigint AS answers,
        coalesce(sums.large_answers, 0)::bigint AS large_answers, coalesce(sums.cost, 0)::float8 AS cost
      FROM (SELECT DISTINCT task FROM hourly_results) AS tasks
      CROSS JOIN LATERAL (
        SELECT max(routed_at) AS newest_at FROM results WHERE results.task = tasks.task) AS newest
      CROSS JOIN LATERAL (
        SELECT min(routed_at) AS first_at FROM results
        WHERE results.task = tasks.task
          AND routed_at >= date_trunc('hour', newest_at, 'UTC') - interval '23 hours') AS first
      CROSS JOIN LATERAL (
        SELECT sum(answers) FILTER (WHERE answered_by <> 'audit') AS answers,
          sum(answers) FILTER (WHERE answered_by = 'large') AS large_answers, sum(cost) AS cost
        FROM hourly_results
        WHERE hourly_results.task = tasks.task AND hour >= date_trunc('hour', first_at, 'UTC')) AS sums
      WHERE newest_at IS NOT NULL;
    COMMENT ON VIEW pace_by_task IS 'The day before a task''s newest answer: how many there were, and what they cost.';
    """
}
