import Postgres

/// The tables that workers of one task share. A released step is never edited.
public enum LargeModelSchema {
  /// The steps.
  public static func migrations() throws -> Migrations {
    try Migrations(
      "large_model_store",
      [
        Migration(1, "leases, spending, moves and cached answers", tables),
        Migration(2, "cached answers without probabilities", unsureAnswers),
        Migration(3, "cached captions", captions),
      ])
  }

  /// Brings a database to the newest schema; safe when ten workers start at once.
  @discardableResult
  public static func migrate(_ connection: Connection) async throws -> [Migration] {
    try await migrations().apply(to: connection)
  }

  /// Who may do what.
  public static let grants = [
    Grant(
      .worker, "SELECT, INSERT, UPDATE, DELETE",
      on: ["large_model_leases", "large_model_spending", "large_model_answers", "threshold_moves"]),
    Grant(.analyst, "SELECT", on: ["large_model_leases", "large_model_spending", "threshold_moves"]),
  ]

  /// Answers without probabilities used to be kept as certain, and nothing tells them apart: they are forgotten.
  private static let unsureAnswers = """
    DELETE FROM large_model_answers WHERE 1 = ANY (probabilities);
    ALTER TABLE large_model_answers ALTER COLUMN probabilities DROP NOT NULL;
    ALTER TABLE large_model_answers ADD COLUMN label text;
    UPDATE large_model_answers SET label =
      (SELECT name FROM unnest(labels, probabilities) AS c (name, share) ORDER BY share DESC LIMIT 1);
    ALTER TABLE large_model_answers ALTER COLUMN label SET NOT NULL;
    """

  /// A worker of the version before looks up answers to its own questions alone, which are labels.
  private static let captions = """
    ALTER TABLE large_model_answers ALTER COLUMN label DROP NOT NULL;
    ALTER TABLE large_model_answers ALTER COLUMN labels DROP NOT NULL;
    ALTER TABLE large_model_answers ADD COLUMN caption text;
    ALTER TABLE large_model_answers ADD COLUMN confidence real;
    ALTER TABLE large_model_answers ADD CONSTRAINT large_model_answers_reply
      CHECK (num_nonnulls(label, caption) = 1) NOT VALID;
    COMMENT ON COLUMN large_model_answers.confidence IS 'Of a caption; a label''s stands in probabilities.';
    """

  private static let tables = """
    CREATE TABLE large_model_leases (
      task text COLLATE "C" NOT NULL,
      worker text COLLATE "C" NOT NULL,
      share double precision NOT NULL CHECK (share BETWEEN 0 AND 1),
      expires_at timestamptz NOT NULL,
      PRIMARY KEY (task, worker));
    COMMENT ON TABLE large_model_leases IS 'Each worker''s part of a task''s requests and tokens a minute.';

    CREATE TABLE large_model_spending (
      task text COLLATE "C" NOT NULL,
      hour timestamptz NOT NULL,
      cost double precision NOT NULL,
      PRIMARY KEY (task, hour));
    COMMENT ON TABLE large_model_spending IS 'What tasks with a budget paid, failed attempts included.';

    CREATE TABLE threshold_moves (
      number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      task text COLLATE "C" NOT NULL,
      worker text NOT NULL,
      moved_at timestamptz NOT NULL,
      threshold_before real NOT NULL,
      threshold_after real NOT NULL,
      pressure double precision NOT NULL,
      spent double precision NOT NULL,
      budget double precision NOT NULL);
    CREATE INDEX threshold_moves_by_task ON threshold_moves (task, moved_at);
    COMMENT ON COLUMN threshold_moves.pressure IS
      'How fast money went, as a multiple of how fast it may go until the hour or day ends.';

    CREATE TABLE large_model_answers (
      key bytea PRIMARY KEY,
      task text COLLATE "C" NOT NULL,
      labels text[] NOT NULL,
      probabilities double precision[] NOT NULL,
      answered_at timestamptz NOT NULL DEFAULT now(),
      expires_at timestamptz NOT NULL);
    CREATE INDEX large_model_answers_by_end ON large_model_answers (expires_at);
    COMMENT ON TABLE large_model_answers IS 'Answers that may be given again to the same question.';

    -- Who may not grant goes on without: an administrator may run this later.
    DO $$
    BEGIN
      GRANT SELECT ON large_model_leases, large_model_spending, threshold_moves TO analyst;
    EXCEPTION WHEN insufficient_privilege OR undefined_object THEN
      RAISE WARNING 'not granted to analyst: %', SQLERRM;
    END $$;
    """
}
