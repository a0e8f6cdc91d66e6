import Postgres

/// The tables of versions, rounds and alarms. A released step is never edited.
public enum ModelSchema {
  /// The steps.
  public static func migrations() throws -> Migrations {
    try Migrations(
      "model_store",
      [
        Migration(1, "versions and their history", versions), Migration(2, "distillation rounds", rounds),
        Migration(3, "drift alarms and shadow observations", watching), Migration(4, "views for analysts", views),
        Migration(5, "what shadows are compared on", comparisons), Migration(6, "routing probes", probes),
        Migration(7, "salt of draws", salt), Migration(8, "what rounds made and found", findings),
        Migration(9, "intermediate models", intermediateModels),
        Migration(10, "tasks without a small model", announcedTasks),
        Migration(11, "promises that are kept while it runs", liveAgreement),
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
      .worker, "SELECT", on: ["schema_migrations", "model_versions", "announced_tasks", "draw_salt", "live_agreement"]),
    Grant(.worker, "SELECT, INSERT, UPDATE", on: ["shadow_observations"]),
    Grant(.worker, "SELECT, INSERT, UPDATE, DELETE", on: ["routing_probes"]),
    Grant(
      .distiller, "SELECT",
      on: ["schema_migrations", "shadow_observations", "routing_probes", "announced_tasks", "draw_salt"]),
    Grant(
      .distiller, "SELECT, INSERT, UPDATE",
      on: ["model_versions", "model_events", "distillation_rounds", "drift_alarms"]),
    Grant(.distiller, "SELECT, INSERT", on: ["round_findings", "threshold_changes"]),
    Grant(.distiller, "SELECT, INSERT, UPDATE, DELETE", on: ["live_agreement"]),
    Grant(
      .analyst, "SELECT",
      on: [
        "models", "model_events", "distillation_rounds", "round_outcomes", "round_findings", "drift_alarms",
        "shadow_observations", "announced_tasks", "live_agreement", "threshold_changes", "live_promises",
      ]),
  ]

  private static let liveAgreement = """
    CREATE TABLE live_agreement (
      model bigint PRIMARY KEY REFERENCES model_versions (id),
      calibrated_threshold double precision NOT NULL,
      threshold double precision NOT NULL,
      since timestamptz NOT NULL,
      until timestamptz NOT NULL,
      measure text NOT NULL CHECK (measure IN ('parity', 'truth')),
      target double precision NOT NULL,
      confidence double precision NOT NULL,
      answers bigint NOT NULL,
      errors double precision NOT NULL,
      lower_bound double precision NOT NULL,
      seen_at timestamptz NOT NULL DEFAULT now());
    COMMENT ON TABLE live_agreement IS
      'How well each version in force keeps the promise of its threshold, by answers that stood and were judged.';
    COMMENT ON COLUMN live_agreement.threshold IS 'In force; above 1 nothing is easy.';
    COMMENT ON COLUMN live_agreement.since IS 'Samples that were routed later tell of this threshold.';

    CREATE TABLE threshold_changes (
      id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      model bigint NOT NULL REFERENCES model_versions (id),
      from_threshold double precision NOT NULL,
      to_threshold double precision NOT NULL,
      answers bigint NOT NULL,
      errors double precision NOT NULL,
      lower_bound double precision NOT NULL,
      why text NOT NULL,
      at timestamptz NOT NULL DEFAULT now());
    CREATE INDEX threshold_changes_of_model ON threshold_changes (model, id);
    COMMENT ON TABLE threshold_changes IS 'Each change of a threshold by itself, with what was seen at the one before.';

    CREATE VIEW live_promises AS
      SELECT v.task, v.role, v.version, a.measure, a.target, a.confidence, a.answers,
        1 - a.errors / nullif(a.answers, 0) AS agreement, a.lower_bound, a.lower_bound >= a.target AS is_shown,
        a.threshold, a.calibrated_threshold, a.threshold > a.calibrated_threshold AS is_raised, a.since, a.until
      FROM live_agreement AS a JOIN model_versions AS v ON v.id = a.model WHERE v.state = 'active';
    COMMENT ON VIEW live_promises IS
      'Of each small model in force: the share of its answers that is as promised, at least lower_bound of them with the confidence, whenever one looks.';

    ALTER TABLE routing_probes ADD COLUMN audits bigint NOT NULL DEFAULT 0;
    COMMENT ON COLUMN routing_probes.audits IS 'Of the samples, how many were drawn to be audited.';
    """

  private static let announcedTasks = """
    CREATE TABLE announced_tasks (
      task text COLLATE "C" PRIMARY KEY,
      announced_at timestamptz NOT NULL DEFAULT now());
    COMMENT ON TABLE announced_tasks IS
      'Tasks whose samples the large model answers alone for as long as no specific model is in force.';
    """

  /// A random number that is drawn once: gen_random_uuid has 122 random bits, sha256 spreads them.
  private static let salt = """
    CREATE TABLE draw_salt (salt bigint NOT NULL);
    INSERT INTO draw_salt SELECT
      ('x' || encode(substr(sha256(convert_to(gen_random_uuid()::text, 'UTF8')), 1, 8), 'hex'))::bit(64)::bigint;
    COMMENT ON TABLE draw_salt IS
      'Decides, with a sample''s id, what is audited, taught and held out: who knows it can choose ids that are not.';
    """

  /// Not validated, because that would read every version, and what the narrower rule let in, this one does, too.
  private static let intermediateModels = """
    ALTER TABLE model_versions DROP CONSTRAINT model_versions_role_check;
    ALTER TABLE model_versions ADD CONSTRAINT model_versions_role_check
      CHECK (role IN ('specific', 'learnable', 'intermediate', 'head')) NOT VALID;
    """

  private static let versions = """
    CREATE TABLE model_versions (
      id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      task text COLLATE "C" NOT NULL,
      role text NOT NULL CHECK (role IN ('specific', 'learnable', 'head')),
      version text COLLATE "C" NOT NULL,
      artifact bytea NOT NULL,
      size bigint NOT NULL,
      hash text NOT NULL,
      parent text,
      data_counts jsonb NOT NULL,
      seed bigint,
      metrics jsonb NOT NULL,
      thresholds jsonb NOT NULL,
      state text NOT NULL CHECK (state IN ('candidate', 'shadow', 'active', 'retired', 'rejected')),
      reasons text,
      created_at timestamptz NOT NULL DEFAULT now(),
      UNIQUE (task, role, version));
    -- Weights do not compress; stored as they are, they are read without work.
    ALTER TABLE model_versions ALTER COLUMN artifact SET STORAGE EXTERNAL;
    CREATE UNIQUE INDEX one_active_version ON model_versions (task, role) WHERE state = 'active';

    CREATE TABLE model_events (
      id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      model bigint NOT NULL REFERENCES model_versions (id),
      kind text NOT NULL,
      from_state text,
      to_state text NOT NULL,
      replaced bigint REFERENCES model_versions (id),
      who text NOT NULL,
      why text NOT NULL,
      at timestamptz NOT NULL DEFAULT clock_timestamp());
    CREATE INDEX model_events_of_model ON model_events (model, id);
    """

  private static let rounds = """
    CREATE TABLE distillation_rounds (
      id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      task text COLLATE "C" NOT NULL,
      state text NOT NULL CHECK (state IN ('running', 'finished', 'abandoned')),
      started_at timestamptz NOT NULL DEFAULT now(),
      finished_at timestamptz,
      from_transaction bigint NOT NULL,
      from_sequence bigint NOT NULL,
      to_transaction bigint,
      to_sequence bigint,
      counts jsonb NOT NULL DEFAULT '{}',
      outcome text,
      candidate bigint REFERENCES model_versions (id),
      reasons text);
    CREATE INDEX distillation_rounds_of_task ON distillation_rounds (task, id);
    """

  private static let watching = """
    CREATE TABLE drift_alarms (
      id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      task text COLLATE "C" NOT NULL,
      kind text NOT NULL,
      statistic double precision NOT NULL,
      threshold double precision NOT NULL,
      samples bigint NOT NULL,
      window_start timestamptz NOT NULL,
      window_end timestamptz NOT NULL,
      message text NOT NULL,
      raised_at timestamptz NOT NULL DEFAULT now());
    CREATE INDEX drift_alarms_of_task ON drift_alarms (task, id);

    CREATE TABLE shadow_observations (
      model bigint NOT NULL REFERENCES model_versions (id),
      hour timestamptz NOT NULL,
      samples bigint NOT NULL,
      agreeing bigint NOT NULL,
      would_query bigint NOT NULL,
      confidence double precision NOT NULL,
      with_truth bigint NOT NULL,
      correct bigint NOT NULL,
      active_correct bigint NOT NULL,
      PRIMARY KEY (model, hour));
    COMMENT ON TABLE shadow_observations IS 'Sums over what a shadow version would have answered.';
    """

  private static let probes = """
    CREATE TABLE routing_probes (
      task text COLLATE "C" NOT NULL,
      routed_at timestamptz NOT NULL,
      samples bigint NOT NULL,
      PRIMARY KEY (task, routed_at));
    COMMENT ON TABLE routing_probes IS
      'How many samples of a task were routed at a moment, once a second: what results has of it tells how complete it is.';
    """

  private static let views = """
    CREATE VIEW models AS
      SELECT id, task, role, version, parent, state, reasons, size, hash, data_counts, seed, metrics, thresholds,
        created_at
      FROM model_versions;
    COMMENT ON VIEW models IS 'The versions without their artifacts.';

    -- The role is the result store's; who may not grant to it goes on without.
    DO $$
    BEGIN
      GRANT SELECT ON models, model_events, distillation_rounds, drift_alarms, shadow_observations TO analyst;
    EXCEPTION WHEN insufficient_privilege OR undefined_object THEN
      RAISE WARNING 'no grants for analyst: %', SQLERRM;
    END $$;
    """

  private static let comparisons = """
    ALTER TABLE shadow_observations ADD COLUMN compared bigint NOT NULL DEFAULT 0;
    ALTER TABLE shadow_observations ADD COLUMN queried bigint NOT NULL DEFAULT 0;
    COMMENT ON COLUMN shadow_observations.compared IS
      'Samples that both the shadow and the versions in force answered by a small model; agreeing is part of them.';
    COMMENT ON COLUMN shadow_observations.queried IS 'Samples that the versions in force passed on to the large model.';
    """

  /// Which round made a version, which moved it, and what a round found stands in columns and rows of their own: until
  /// here all three were read out of names and reasons, by which rows of earlier versions are told one last time.
  private static let findings = """
    CREATE TABLE round_outcomes (name text PRIMARY KEY, meaning text NOT NULL);
    INSERT INTO round_outcomes VALUES
      ('promoted', 'its candidate answers'),
      ('shadowed', 'its candidate answers as a shadow first'),
      ('rejected', 'its candidate is kept, with the reasons, and answers nothing'),
      ('nothing to learn', 'nothing that was stored taught anything'),
      ('failed', 'its data let it come to no end of its own');
    INSERT INTO round_outcomes
      SELECT DISTINCT outcome, 'of an earlier version' FROM distillation_rounds WHERE outcome IS NOT NULL
      ON CONFLICT DO NOTHING;
    ALTER TABLE distillation_rounds ADD FOREIGN KEY (outcome) REFERENCES round_outcomes (name);

    CREATE TABLE round_findings (
      round bigint NOT NULL REFERENCES distillation_rounds (id),
      place integer NOT NULL,
      kind text NOT NULL,
      finding text NOT NULL,
      PRIMARY KEY (round, place));
    COMMENT ON TABLE round_findings IS 'The reasons of a round one by one, with their kinds.';

    ALTER TABLE model_versions ADD COLUMN round bigint REFERENCES distillation_rounds (id);
    COMMENT ON COLUMN model_versions.round IS 'The round of distillation that made it.';
    UPDATE model_versions AS v SET round = r.id FROM distillation_rounds AS r
      WHERE r.task = v.task AND v.role IN ('specific', 'learnable')
        AND (r.candidate = v.id OR v.version IN ('learnable-' || r.id, 'recalibrated-' || r.id));

    ALTER TABLE model_events ADD COLUMN round bigint REFERENCES distillation_rounds (id);
    COMMENT ON COLUMN model_events.round IS 'The round of distillation that ended with this step.';
    UPDATE model_events AS e SET round = r.id FROM distillation_rounds AS r
      WHERE r.candidate = e.model AND r.reasons = e.why AND e.kind IN ('promoted', 'shadowed', 'rejected');
    """
}
