-- The facts of the log and how far they are. The files of this folder, in the order of their names, are one text; where it
-- changes, the daemon makes both schemas anew.
CREATE SCHEMA mlup;
COMMENT ON SCHEMA mlup IS 'Read models of mlup for analysts. Written by the daemon alone; made anew from the log at any time. No names, no sealed fields.';

CREATE TABLE mlup.checkpoint (
  schema_version   text NOT NULL,
  position         bigint NOT NULL,
  history          numeric(20) NOT NULL,
  counted_position bigint NOT NULL
);
COMMENT ON TABLE mlup.checkpoint IS 'One row: how far these tables are. Changes in the same transaction as the rows.';
COMMENT ON COLUMN mlup.checkpoint.schema_version IS 'Digest of what the tables are made by; another one makes them anew.';
COMMENT ON COLUMN mlup.checkpoint.position IS 'Position of the last event of the log that fact_event was made up to.';
COMMENT ON COLUMN mlup.checkpoint.history IS 'Hash of the event at that position: a log that was replaced has another one.';
COMMENT ON COLUMN mlup.checkpoint.counted_position IS 'Position up to which all other tables and all views are counted.';

CREATE TABLE mlup.writer (
  pid           integer NOT NULL,
  session_start timestamptz NOT NULL
);
COMMENT ON TABLE mlup.writer IS 'One row: the session of the daemon that writes; while it lasts no other one does.';
COMMENT ON COLUMN mlup.writer.pid IS 'Its process in PostgreSQL.';
COMMENT ON COLUMN mlup.writer.session_start IS 'When it began, as in pg_stat_activity.';

CREATE TABLE mlup.person_erased (
  position  bigint PRIMARY KEY,
  person_id text NOT NULL
);
COMMENT ON TABLE mlup.person_erased IS 'One row for each person whose data was erased.';
COMMENT ON COLUMN mlup.person_erased.position IS 'Position of the event that says so.';
COMMENT ON COLUMN mlup.person_erased.person_id IS 'Pseudonym of the record.';

CREATE TABLE mlup.fact_event (
  position              bigint PRIMARY KEY,
  event_id              text NOT NULL,
  event_type            text NOT NULL,
  category              text NOT NULL,
  stream                text NOT NULL,
  record_id             text NOT NULL,
  revision              bigint NOT NULL,
  occurred_from         date,
  occurred_to           date,
  precision             text NOT NULL,
  occurred_at           timestamptz,
  known_at              timestamptz NOT NULL,
  recorded_at           timestamptz NOT NULL,
  actor_id              text NOT NULL,
  actor_role            text NOT NULL,
  organisation_id       text NOT NULL,
  place                 text NOT NULL,
  province_code         text,
  reason                text NOT NULL,
  sector                text NOT NULL,
  channel               text NOT NULL,
  source_system         text NOT NULL,
  append_first_position bigint NOT NULL,
  payload               jsonb NOT NULL
);
CREATE INDEX fact_event_stream ON mlup.fact_event (stream, event_type, position);
CREATE INDEX fact_event_type ON mlup.fact_event (event_type, occurred_from);
COMMENT ON TABLE mlup.fact_event IS 'One row for each event as it was first recorded, voided ones too, but for those that only few may see (sensitivity restricted or safeguarding). To count, use fact_event_living, and for people report_cell: people are never added up from rows.';
COMMENT ON COLUMN mlup.fact_event.position IS 'Place in the log, from 1. Gaps are events that are not counted.';
COMMENT ON COLUMN mlup.fact_event.event_id IS 'Id of the event.';
COMMENT ON COLUMN mlup.fact_event.event_type IS 'Full type, for example mlup.cases.v1.CaseClosed.';
COMMENT ON COLUMN mlup.fact_event.category IS 'Kind of record that it stands on, for example person or case.';
COMMENT ON COLUMN mlup.fact_event.stream IS 'Record that it stands on: category/record_id.';
COMMENT ON COLUMN mlup.fact_event.record_id IS 'Id of that record; a pseudonym where the record is a person.';
COMMENT ON COLUMN mlup.fact_event.revision IS 'Place in the record, from 0.';
COMMENT ON COLUMN mlup.fact_event.occurred_from IS 'First day on which it may have happened; empty where no day is known.';
COMMENT ON COLUMN mlup.fact_event.occurred_to IS 'Last day on which it may have happened; the same as occurred_from where the day is known.';
COMMENT ON COLUMN mlup.fact_event.precision IS 'How exactly the time is known, for example day, month or unknown.';
COMMENT ON COLUMN mlup.fact_event.occurred_at IS 'The moment itself, where that is known.';
COMMENT ON COLUMN mlup.fact_event.known_at IS 'When it became known: when another system recorded it, or else recorded_at.';
COMMENT ON COLUMN mlup.fact_event.recorded_at IS 'When it was recorded here.';
COMMENT ON COLUMN mlup.fact_event.actor_id IS 'Who recorded it.';
COMMENT ON COLUMN mlup.fact_event.actor_role IS 'Role of who recorded it.';
COMMENT ON COLUMN mlup.fact_event.organisation_id IS 'Organisation of who recorded it.';
COMMENT ON COLUMN mlup.fact_event.place IS 'Gazetteer code of 2 to 8 digits, unknown, remote, or empty.';
COMMENT ON COLUMN mlup.fact_event.province_code IS 'First two digits of the place, unknown or remote; see dim_place. Empty where place has no meaning.';
COMMENT ON COLUMN mlup.fact_event.reason IS 'Code of the reason; often empty.';
COMMENT ON COLUMN mlup.fact_event.sector IS 'Field of work, for example case_management.';
COMMENT ON COLUMN mlup.fact_event.channel IS 'How it came in, for example tablet or import.';
COMMENT ON COLUMN mlup.fact_event.source_system IS 'System that first held the fact; empty where it is ours.';
COMMENT ON COLUMN mlup.fact_event.append_first_position IS 'Position of the first event that was recorded together with it.';
COMMENT ON COLUMN mlup.fact_event.payload IS 'What the event says, in its clear fields only; nothing on the record of a person whose data was erased.';

CREATE TABLE mlup.fact_event_changed (
  position      bigint PRIMARY KEY REFERENCES mlup.fact_event DEFERRABLE INITIALLY DEFERRED,
  living        boolean NOT NULL,
  occurred_from date,
  occurred_to   date,
  precision     text,
  occurred_at   timestamptz,
  place         text,
  province_code text,
  payload       jsonb
);
COMMENT ON TABLE mlup.fact_event_changed IS 'One row for each event that later events void, replace or correct, as figures are counted now. What only few may see corrects nothing here.';
COMMENT ON COLUMN mlup.fact_event_changed.position IS 'Position of the event.';
COMMENT ON COLUMN mlup.fact_event_changed.living IS 'False where it is voided or replaced; then nothing else stands here.';
COMMENT ON COLUMN mlup.fact_event_changed.occurred_from IS 'First possible day as corrected.';
COMMENT ON COLUMN mlup.fact_event_changed.occurred_to IS 'Last possible day as corrected.';
COMMENT ON COLUMN mlup.fact_event_changed.precision IS 'How exactly the time is known, as corrected.';
COMMENT ON COLUMN mlup.fact_event_changed.occurred_at IS 'The moment itself, as corrected.';
COMMENT ON COLUMN mlup.fact_event_changed.place IS 'Place as corrected.';
COMMENT ON COLUMN mlup.fact_event_changed.province_code IS 'Province as corrected.';
COMMENT ON COLUMN mlup.fact_event_changed.payload IS 'Clear fields as corrected.';

CREATE VIEW mlup.fact_event_living AS
SELECT f.position, f.event_id, f.event_type, f.category, f.stream, f.record_id, f.revision,
       CASE WHEN c.position IS NULL THEN f.occurred_from ELSE c.occurred_from END AS occurred_from,
       CASE WHEN c.position IS NULL THEN f.occurred_to ELSE c.occurred_to END AS occurred_to,
       CASE WHEN c.position IS NULL THEN f.precision ELSE c.precision END AS precision,
       CASE WHEN c.position IS NULL THEN f.occurred_at ELSE c.occurred_at END AS occurred_at,
       f.known_at, f.recorded_at, f.actor_id, f.actor_role, f.organisation_id,
       CASE WHEN c.position IS NULL THEN f.place ELSE c.place END AS place,
       CASE WHEN c.position IS NULL THEN f.province_code ELSE c.province_code END AS province_code,
       f.reason, f.sector, f.channel, f.source_system,
       CASE WHEN c.position IS NULL THEN f.payload ELSE c.payload END AS payload,
       c.position IS NOT NULL AS corrected
FROM mlup.fact_event f
LEFT JOIN mlup.fact_event_changed c USING (position)
WHERE coalesce(c.living, true) AND f.position <= (SELECT counted_position FROM mlup.checkpoint);
COMMENT ON VIEW mlup.fact_event_living IS 'One row for each event that counts, as corrected: what figures are made from, up to checkpoint.counted_position.';
COMMENT ON COLUMN mlup.fact_event_living.position IS 'Place in the log.';
COMMENT ON COLUMN mlup.fact_event_living.event_id IS 'Id of the event.';
COMMENT ON COLUMN mlup.fact_event_living.event_type IS 'Full type.';
COMMENT ON COLUMN mlup.fact_event_living.category IS 'Kind of record that it stands on.';
COMMENT ON COLUMN mlup.fact_event_living.stream IS 'Record that it stands on: category/record_id.';
COMMENT ON COLUMN mlup.fact_event_living.record_id IS 'Id of that record.';
COMMENT ON COLUMN mlup.fact_event_living.revision IS 'Place in the record.';
COMMENT ON COLUMN mlup.fact_event_living.occurred_from IS 'First day on which it may have happened.';
COMMENT ON COLUMN mlup.fact_event_living.occurred_to IS 'Last day on which it may have happened.';
COMMENT ON COLUMN mlup.fact_event_living.precision IS 'How exactly the time is known.';
COMMENT ON COLUMN mlup.fact_event_living.occurred_at IS 'The moment itself, where that is known.';
COMMENT ON COLUMN mlup.fact_event_living.known_at IS 'When it became known.';
COMMENT ON COLUMN mlup.fact_event_living.recorded_at IS 'When it was recorded here.';
COMMENT ON COLUMN mlup.fact_event_living.actor_id IS 'Who recorded it.';
COMMENT ON COLUMN mlup.fact_event_living.actor_role IS 'Role of who recorded it.';
COMMENT ON COLUMN mlup.fact_event_living.organisation_id IS 'Organisation of who recorded it.';
COMMENT ON COLUMN mlup.fact_event_living.place IS 'Gazetteer code, unknown, remote, or empty.';
COMMENT ON COLUMN mlup.fact_event_living.province_code IS 'Province; see dim_place.';
COMMENT ON COLUMN mlup.fact_event_living.reason IS 'Code of the reason.';
COMMENT ON COLUMN mlup.fact_event_living.sector IS 'Field of work.';
COMMENT ON COLUMN mlup.fact_event_living.channel IS 'How it came in.';
COMMENT ON COLUMN mlup.fact_event_living.source_system IS 'System that first held the fact.';
COMMENT ON COLUMN mlup.fact_event_living.payload IS 'What the event says, in its clear fields.';
COMMENT ON COLUMN mlup.fact_event_living.corrected IS 'Whether something differs from what was first said.';
