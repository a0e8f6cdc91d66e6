import Postgres

/// The tables of answers and rejections. A released step is never edited.
public enum ResultSchema {
  /// The steps.
  public static func migrations() throws -> Migrations {
    try Migrations(
      "result_store",
      [
        Migration(1, "answers and rejections", tables), Migration(2, "views for analysts", ResultViews.sql),
        Migration(3, "answers without confidence", unsureAnswers),
        Migration(4, "answers by routing", "CREATE INDEX results_by_routing ON results (task, routed_at)"),
        Migration(5, "answers of an intermediate model", intermediateAnswers),
      ]
        + [columns(6), columns(7)] + [
          Migration(8, "answers that no specific model stood before", unfilteredAnswers),
          Migration(9, "no cursors beside the rounds'", "DROP TABLE consumers"),
          columns(10), columns(11), Migration(12, "views of what answers are worth", ResultViews.ofWorth),
        ])
  }

  private static func columns(_ step: Int) -> Migration {
    Migration(step, "further columns", ResultColumn.additions(step: step) + "\n" + (besides[step] ?? ""))
  }

  /// What else a step does that adds columns.
  private static let besides = [6: captions, 7: images, 10: specificCaptions, 11: goldLabels]

  /// Brings a database to the newest schema; safe when ten workers start at once.
  @discardableResult
  public static func migrate(_ connection: Connection) async throws -> [Migration] {
    try await migrations().apply(to: connection)
  }

  /// Who may do what. The distiller reads the sequences' last values.
  public static let grants = [
    Grant(
      .worker, "SELECT, INSERT, UPDATE, DELETE",
      on: ["results", "audits", "rejections", "hourly_results"]),
    Grant(.worker, "SELECT, INSERT", on: ["labels"]),
    Grant(.distiller, "SELECT", on: ["results", "audits", "rejections", "hourly_results", "labels"]),
    Grant(.distiller, "SELECT", on: ["results_sequence_seq", "audits_sequence_seq"]),
    Grant(
      .analyst, "SELECT",
      on: ["results", "audits", "rejections", "hourly_results", "labels"] + ResultViews.names),
  ]

  /// Sums count the answers that have no confidence, so that those of an older recorder stay right. Views can only be
  /// replaced whole.
  private static let unsureAnswers = """
    ALTER TABLE results ALTER COLUMN confidence DROP NOT NULL;
    ALTER TABLE audits ALTER COLUMN confidence DROP NOT NULL;
    COMMENT ON COLUMN results.confidence IS 'Null where the large model gave no probability: unknown, not certain.';
    ALTER TABLE hourly_results ADD COLUMN without_confidence bigint NOT NULL DEFAULT 0;
    COMMENT ON COLUMN hourly_results.confidence IS 'Summed over answers - without_confidence answers.';
    \(ResultViews.withUnsureAnswers)
    """

  /// Those of an older recorder count as if it were known, as before.
  private static let unfilteredAnswers = """
    ALTER TABLE hourly_results ADD COLUMN without_specific bigint NOT NULL DEFAULT 0;
    COMMENT ON COLUMN hourly_results.without_specific IS
      'Answers of which it is not known what the specific model says, as where a task has none yet.';
    \(ResultViews.agreementOfKnown)
    """

  /// Not validated, because that would read every row, and what the narrower rule let in, this one does, too.
  private static let intermediateAnswers = """
    ALTER TABLE results DROP CONSTRAINT results_answered_by_check;
    ALTER TABLE results ADD CONSTRAINT results_answered_by_check
      CHECK (answered_by IN ('specific', 'learnable', 'intermediate', 'large')) NOT VALID;
    """

  /// Adding columns that may be null, and constraints that need no look at what is there, takes no time however many
  /// answers there are.
  private static let captions = """
    ALTER TABLE results ALTER COLUMN label DROP NOT NULL;
    ALTER TABLE audits ALTER COLUMN label DROP NOT NULL;
    ALTER TABLE results ADD CONSTRAINT results_reply CHECK (num_nonnulls(label, caption) = 1) NOT VALID;
    ALTER TABLE audits ADD CONSTRAINT audits_reply CHECK (num_nonnulls(label, caption) = 1) NOT VALID;
    COMMENT ON COLUMN results.label IS 'The reply where it is a label; else it is the caption.';
    COMMENT ON COLUMN results.quality IS
      'Of the reply, 0 to 1, where the truth is known: for a label 1 where it is the truth. Null in rows of older recorders.';
    COMMENT ON COLUMN results.image IS 'As in the sample: data, in base64, or url; and media_type where it is known.';
    ALTER TABLE hourly_results ADD COLUMN captions_with_truth bigint NOT NULL DEFAULT 0;
    ALTER TABLE hourly_results ADD COLUMN caption_quality double precision NOT NULL DEFAULT 0;
    COMMENT ON COLUMN hourly_results.caption_quality IS
      'Summed over captions_with_truth captions; labels are counted in with_truth and correct.';
    ALTER TABLE rejections ADD COLUMN format text;
    COMMENT ON COLUMN rejections.format IS 'What the message''s header shunt-format said.';
    \(ResultViews.withCaptions)
    """

  /// In the sums of recorders of the version before, no specific model has said a caption.
  private static let specificCaptions = """
    COMMENT ON COLUMN results.specific_quality IS
      'Of the specific model''s answer, 0 to 1, where it and the truth are known. Null in rows of older recorders.';
    ALTER TABLE hourly_results ADD COLUMN specific_captions_with_truth bigint NOT NULL DEFAULT 0;
    ALTER TABLE hourly_results ADD COLUMN specific_caption_quality double precision NOT NULL DEFAULT 0;
    ALTER TABLE hourly_results ADD COLUMN specific_caption_agreement double precision NOT NULL DEFAULT 0;
    COMMENT ON COLUMN hourly_results.specific_caption_quality IS
      'Summed over specific_captions_with_truth captions; labels are counted in specific_with_truth and specific_correct.';
    COMMENT ON COLUMN hourly_results.specific_caption_agreement IS
      'Qualities of the specific model''s captions, were the large model''s the truth; of labels see specific_agrees.';
    \(ResultViews.withSpecificCaptions)
    """

  /// Each word of each person stays. The key is one, so that a message that comes again is known.
  private static let goldLabels = """
    COMMENT ON COLUMN results.labelled_at IS
      'When the person told it whose word the truth is; null where it is the producer''s.';
    CREATE TABLE labels (
      number bigint GENERATED ALWAYS AS IDENTITY,
      task text COLLATE "C" NOT NULL,
      id text COLLATE "C" NOT NULL,
      label text,
      captions text[],
      labelled_by text COLLATE "C" NOT NULL,
      labelled_at timestamptz NOT NULL,
      recorded_at timestamptz NOT NULL DEFAULT now(),
      PRIMARY KEY (task, id, labelled_at, labelled_by),
      CHECK (num_nonnulls(label, captions) = 1));
    COMMENT ON TABLE labels IS
      'What people say is right. Of several words on a sample the last one counts, and stands in its answer''s row.';
    \(ResultViews.ofLabels)
    """

  /// The index of what teaches is made anew, with the answers whose input is an image: that reads the table once.
  private static let images = """
    COMMENT ON COLUMN results.image IS 'Of older recorders: image_data and image_url have it now.';
    COMMENT ON COLUMN results.image_data IS
      'The image''s file, where it came in the message, the answer can teach, and images.kept_bytes allows it.';
    COMMENT ON COLUMN results.image_url IS 'Where the image is, where it came by reference and the answer can teach.';
    COMMENT ON COLUMN results.image_sha256 IS 'Of the file that was at image_url when the sample was answered.';
    CREATE INDEX results_with_input ON results (task, transaction_id, sequence)
      WHERE text IS NOT NULL OR image_data IS NOT NULL OR image_url IS NOT NULL;
    DROP INDEX results_that_teach;
    """

  /// Keys have the collation C: compared byte by byte, which is fast and the same on every machine.
  ///
  /// `transaction_id` and `sequence` order the answers for who reads them one after the other. Transactions commit in
  /// another order than they take their numbers, so a reader stops before the oldest that still runs
  /// (`pg_snapshot_xmin`) and nothing appears behind its back. The numbers belong to one server's life: after a dump is
  /// restored elsewhere, set `transaction_id` to 0.
  private static let tables = """
    CREATE TABLE results (
      sequence bigint GENERATED ALWAYS AS IDENTITY,
      transaction_id xid8 NOT NULL DEFAULT pg_current_xact_id(),
      task text COLLATE "C" NOT NULL,
      id text COLLATE "C" NOT NULL,
      label text NOT NULL,
      confidence real NOT NULL,
      answered_by text NOT NULL CHECK (answered_by IN ('specific', 'learnable', 'large')),
      model_version text NOT NULL,
      threshold real,
      is_degraded boolean NOT NULL,
      top_labels text[],
      top_probabilities real[],
      rest_probability real,
      candidates_before integer,
      candidates_after integer,
      entropy_before real,
      entropy_after real,
      prompt_tokens integer,
      completion_tokens integer,
      cost double precision,
      specific_label text,
      specific_confidence real,
      text text,
      category text,
      true_label text,
      produced_at timestamptz,
      routed_at timestamptz,
      answered_at timestamptz NOT NULL,
      recorded_at timestamptz NOT NULL DEFAULT now(),
      is_text_truncated boolean NOT NULL DEFAULT false,
      has_replaced_nulls boolean NOT NULL,
      PRIMARY KEY (task, id));
    CREATE INDEX results_that_teach ON results (task, transaction_id, sequence) WHERE text IS NOT NULL;
    CREATE UNIQUE INDEX results_in_order ON results (sequence);
    COMMENT ON TABLE results IS 'One answer a sample.';
    COMMENT ON COLUMN results.entropy_before IS 'bits';
    COMMENT ON COLUMN results.entropy_after IS 'bits';
    COMMENT ON COLUMN results.cost IS 'US dollars';

    CREATE TABLE audits (LIKE results INCLUDING ALL);
    COMMENT ON TABLE audits IS 'What the large model says of samples that a small one has answered.';

    CREATE TABLE rejections (
      number bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
      topic text COLLATE "C" NOT NULL,
      "partition" integer NOT NULL,
      "offset" bigint NOT NULL,
      payload_hash bytea NOT NULL GENERATED ALWAYS AS (sha256(coalesce(payload, ''))) STORED,
      task text,
      id text,
      reason text NOT NULL,
      payload bytea,
      is_truncated boolean NOT NULL,
      original_size bigint NOT NULL,
      attempts text[] NOT NULL,
      rejected_at timestamptz NOT NULL,
      recorded_at timestamptz NOT NULL DEFAULT now(),
      replayed_at timestamptz,
      PRIMARY KEY (topic, "partition", "offset", payload_hash));
    COMMENT ON COLUMN rejections.payload_hash IS
      'Part of the identity: a topic that was made anew counts its offsets from 0 again.';

    CREATE TABLE hourly_results (
      hour timestamptz NOT NULL,
      task text COLLATE "C" NOT NULL,
      category text COLLATE "C" NOT NULL,
      answered_by text COLLATE "C" NOT NULL,
      model_version text COLLATE "C" NOT NULL,
      answers bigint NOT NULL,
      degraded bigint NOT NULL,
      with_truth bigint NOT NULL,
      correct bigint NOT NULL,
      specific_with_truth bigint NOT NULL,
      specific_correct bigint NOT NULL,
      specific_agrees bigint NOT NULL,
      confidence double precision NOT NULL,
      prompt_tokens bigint NOT NULL,
      completion_tokens bigint NOT NULL,
      cost double precision NOT NULL,
      timed bigint NOT NULL,
      seconds double precision NOT NULL,
      PRIMARY KEY (hour, task, category, answered_by, model_version)) WITH (fillfactor = 70);
    COMMENT ON TABLE hourly_results IS
      'Sums over results, and over audits where answered_by is audit; kept by the transactions that insert.';

    CREATE TABLE consumers (
      name text PRIMARY KEY,
      transaction_id xid8 NOT NULL,
      sequence bigint NOT NULL,
      updated_at timestamptz NOT NULL DEFAULT now());
    COMMENT ON TABLE consumers IS 'How far each reader of answers has come.';
    """
}
