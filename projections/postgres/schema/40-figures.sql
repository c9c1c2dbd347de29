-- The figures of reports by quarter, each with the events behind it.
CREATE TABLE mlup.report_period (
  period            text PRIMARY KEY,
  first_day         date NOT NULL,
  last_day          date NOT NULL,
  as_known_position bigint NOT NULL DEFAULT 0
);
COMMENT ON TABLE mlup.report_period IS 'The quarters in which facts lie, the last 120 of them.';
COMMENT ON COLUMN mlup.report_period.period IS 'Quarter, for example 2021-Q1.';
COMMENT ON COLUMN mlup.report_period.first_day IS 'First day.';
COMMENT ON COLUMN mlup.report_period.last_day IS 'Last day.';
COMMENT ON COLUMN mlup.report_period.as_known_position IS 'The figures are those of all events up to this position: the same as mlup report quarterly PERIOD gives.';

CREATE TABLE mlup.report_cell (
  period               text NOT NULL REFERENCES mlup.report_period ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
  code                 text NOT NULL REFERENCES mlup.dim_indicator DEFERRABLE INITIALLY DEFERRED,
  dimension            text NOT NULL,
  member               text NOT NULL,
  ordinal              integer NOT NULL,
  value                numeric,
  why_none             text,
  planned_value        numeric,
  and_uncounted        boolean NOT NULL,
  headcount            numeric,
  evidence_count       integer NOT NULL,
  not_datable          integer NOT NULL,
  restated             boolean NOT NULL,
  published_value      numeric,
  first_day            date,
  last_day             date,
  definition_version   integer NOT NULL,
  PRIMARY KEY (period, code, dimension, member)
);
COMMENT ON TABLE mlup.report_cell IS 'One row for each figure of a quarter, and each part of it. People are counted once in each row: rows of people are never added up.';
COMMENT ON COLUMN mlup.report_cell.period IS 'Quarter.';
COMMENT ON COLUMN mlup.report_cell.code IS 'Which figure.';
COMMENT ON COLUMN mlup.report_cell.dimension IS 'What it is split by, for example sex; empty for the total.';
COMMENT ON COLUMN mlup.report_cell.member IS 'Which part; empty for the total. With a dimension and empty, the value is the number of known parts.';
COMMENT ON COLUMN mlup.report_cell.ordinal IS 'Place in the report, from 1.';
COMMENT ON COLUMN mlup.report_cell.value IS 'Value; empty where there is none, which is not 0. Money is in the smallest unit of the currency.';
COMMENT ON COLUMN mlup.report_cell.why_none IS 'Why there is none.';
COMMENT ON COLUMN mlup.report_cell.planned_value IS 'What is planned, where the figure is a plan.';
COMMENT ON COLUMN mlup.report_cell.and_uncounted IS 'Whether, besides the value, something happened that nobody counted.';
COMMENT ON COLUMN mlup.report_cell.headcount IS 'People counted without identity, beside the value and never in it.';
COMMENT ON COLUMN mlup.report_cell.evidence_count IS 'Number of events behind it: rows of report_evidence, and events that only few may see.';
COMMENT ON COLUMN mlup.report_cell.not_datable IS 'Facts that may belong to this quarter or to another; of totals only.';
COMMENT ON COLUMN mlup.report_cell.restated IS 'Whether the report published for the quarter has another value, or the same from other events.';
COMMENT ON COLUMN mlup.report_cell.published_value IS 'The value then, of restated rows.';
COMMENT ON COLUMN mlup.report_cell.first_day IS 'First day of the events behind it.';
COMMENT ON COLUMN mlup.report_cell.last_day IS 'Last day of the events behind it.';
COMMENT ON COLUMN mlup.report_cell.definition_version IS 'Version of the definition of the figure.';

CREATE TABLE mlup.report_evidence (
  period      text NOT NULL,
  code        text NOT NULL,
  dimension   text NOT NULL,
  member      text NOT NULL,
  position    bigint NOT NULL REFERENCES mlup.fact_event DEFERRABLE INITIALLY DEFERRED,
  contributes numeric,
  PRIMARY KEY (period, code, dimension, member, position),
  FOREIGN KEY (period, code, dimension, member) REFERENCES mlup.report_cell ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED
);
CREATE INDEX report_evidence_position ON mlup.report_evidence (position);
COMMENT ON TABLE mlup.report_evidence IS 'The events behind each figure: join fact_event_living by position to look into it.';
COMMENT ON COLUMN mlup.report_evidence.period IS 'Quarter.';
COMMENT ON COLUMN mlup.report_evidence.code IS 'Which figure.';
COMMENT ON COLUMN mlup.report_evidence.dimension IS 'What it is split by; empty for the total.';
COMMENT ON COLUMN mlup.report_evidence.member IS 'Which part; empty for the total.';
COMMENT ON COLUMN mlup.report_evidence.position IS 'Position of the event.';
COMMENT ON COLUMN mlup.report_evidence.contributes IS 'What it adds to the value; empty where it was not counted. They add up to the value, but for rows that count members, and events that only few may see.';
