-- Cases and placements as intervals. An end is the first one after the begin, by position, on the same record, as for figures.
CREATE TABLE mlup.case_interval (
  begin_position bigint PRIMARY KEY REFERENCES mlup.fact_event DEFERRABLE INITIALLY DEFERRED,
  end_position   bigint REFERENCES mlup.fact_event DEFERRABLE INITIALLY DEFERRED,
  case_id        text NOT NULL,
  person_id      text,
  case_type      text,
  owner_org_id   text,
  reopened       boolean NOT NULL,
  begin_from     date,
  begin_to       date,
  end_from       date,
  end_to         date,
  end_reason     text
);
CREATE INDEX case_interval_case ON mlup.case_interval (case_id);
COMMENT ON TABLE mlup.case_interval IS 'One row for each time that a case was opened or opened again. Surely open from begin_to to end_from, perhaps from begin_from to end_to.';
COMMENT ON COLUMN mlup.case_interval.begin_position IS 'Position of the event that opened it.';
COMMENT ON COLUMN mlup.case_interval.end_position IS 'Position of the event that closed it; empty while it is open.';
COMMENT ON COLUMN mlup.case_interval.case_id IS 'The case.';
COMMENT ON COLUMN mlup.case_interval.person_id IS 'The child, by pseudonym as recorded; see survivor_id of dim_person.';
COMMENT ON COLUMN mlup.case_interval.case_type IS 'Type of case.';
COMMENT ON COLUMN mlup.case_interval.owner_org_id IS 'Organisation that opened it as its owner; see dim_organisation.';
COMMENT ON COLUMN mlup.case_interval.reopened IS 'Whether it had been closed before.';
COMMENT ON COLUMN mlup.case_interval.begin_from IS 'First day on which it may have been opened.';
COMMENT ON COLUMN mlup.case_interval.begin_to IS 'Last day on which it may have been opened; empty where no day is known.';
COMMENT ON COLUMN mlup.case_interval.end_from IS 'First day on which it may have been closed.';
COMMENT ON COLUMN mlup.case_interval.end_to IS 'Last day on which it may have been closed.';
COMMENT ON COLUMN mlup.case_interval.end_reason IS 'Why it was closed.';

CREATE TABLE mlup.placement_interval (
  begin_position     bigint PRIMARY KEY REFERENCES mlup.fact_event DEFERRABLE INITIALLY DEFERRED,
  end_position       bigint REFERENCES mlup.fact_event DEFERRABLE INITIALLY DEFERRED,
  placement_id       text NOT NULL,
  case_id            text NOT NULL,
  person_id          text,
  care_type          text,
  foster_kind        text,
  household_id       text,
  institution_id     text,
  caregiver_relation text,
  ordered_by         text,
  begin_from         date,
  begin_to           date,
  end_from           date,
  end_to             date,
  end_reason         text
);
CREATE INDEX placement_interval_case ON mlup.placement_interval (case_id);
COMMENT ON TABLE mlup.placement_interval IS 'One row for each placement of a child. The last day belongs to it.';
COMMENT ON COLUMN mlup.placement_interval.begin_position IS 'Position of the event that began it.';
COMMENT ON COLUMN mlup.placement_interval.end_position IS 'Position of the event that ended it; empty while it goes on.';
COMMENT ON COLUMN mlup.placement_interval.placement_id IS 'The placement.';
COMMENT ON COLUMN mlup.placement_interval.case_id IS 'The case that it belongs to.';
COMMENT ON COLUMN mlup.placement_interval.person_id IS 'The child, by pseudonym as recorded; see survivor_id of dim_person.';
COMMENT ON COLUMN mlup.placement_interval.care_type IS 'Form of care, for example kinship.';
COMMENT ON COLUMN mlup.placement_interval.foster_kind IS 'Kind of foster care, for foster only.';
COMMENT ON COLUMN mlup.placement_interval.household_id IS 'Household that cares.';
COMMENT ON COLUMN mlup.placement_interval.institution_id IS 'Institution that cares; see dim_organisation.';
COMMENT ON COLUMN mlup.placement_interval.caregiver_relation IS 'Relation of the caregiver to the child.';
COMMENT ON COLUMN mlup.placement_interval.ordered_by IS 'Who ordered it; empty where nobody did.';
COMMENT ON COLUMN mlup.placement_interval.begin_from IS 'First day on which it may have begun.';
COMMENT ON COLUMN mlup.placement_interval.begin_to IS 'Last day on which it may have begun; empty where no day is known.';
COMMENT ON COLUMN mlup.placement_interval.end_from IS 'First day on which it may have ended.';
COMMENT ON COLUMN mlup.placement_interval.end_to IS 'Last day on which it may have ended.';
COMMENT ON COLUMN mlup.placement_interval.end_reason IS 'Why it ended.';

-- Makes the intervals of these records, and of those on which the events at these positions stand, anew; of all where NULL.
CREATE FUNCTION mlup.refresh_intervals(streams text[], positions bigint[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  every boolean := streams IS NULL;
  cases text[];
BEGIN
  IF every THEN
    DELETE FROM mlup.case_interval;
    DELETE FROM mlup.placement_interval;
  ELSE
    SELECT array_agg(DISTINCT stream) INTO cases
    FROM (SELECT unnest(streams) UNION SELECT f.stream FROM mlup.fact_event f WHERE f.position = ANY (positions)) touched (stream)
    WHERE starts_with(stream, 'case/');
    DELETE FROM mlup.case_interval WHERE case_id IN (SELECT substr(unnest(cases), 6));
    DELETE FROM mlup.placement_interval WHERE case_id IN (SELECT substr(unnest(cases), 6));
  END IF;

  INSERT INTO mlup.case_interval
  SELECT b.position, e.position, b.record_id, b.payload #>> '{child,person_id}',
         mlup.word('CASE_TYPE_', o.payload ->> 'case_type'), o.payload ->> 'owner_org_id',
         b.event_type = 'mlup.cases.v1.CaseReopened',
         b.occurred_from, b.occurred_to, e.occurred_from, e.occurred_to, mlup.word('CLOSE_REASON_', e.payload ->> 'reason')
  FROM mlup.fact_event_living b
  LEFT JOIN LATERAL (
    SELECT payload FROM mlup.fact_event_living
    WHERE stream = b.stream AND event_type = 'mlup.cases.v1.CaseOpened' ORDER BY position DESC LIMIT 1) o ON true
  LEFT JOIN LATERAL (
    SELECT position, occurred_from, occurred_to, payload FROM mlup.fact_event_living
    WHERE stream = b.stream AND event_type = 'mlup.cases.v1.CaseClosed' AND position > b.position ORDER BY position LIMIT 1) e ON true
  WHERE b.event_type IN ('mlup.cases.v1.CaseOpened', 'mlup.cases.v1.CaseReopened') AND (every OR b.stream = ANY (cases));

  INSERT INTO mlup.placement_interval
  SELECT b.position, e.position, b.payload ->> 'placement_id', b.record_id, b.payload #>> '{child,person_id}',
         mlup.word('CARE_TYPE_', b.payload ->> 'care_type'), mlup.word('FOSTER_KIND_', b.payload ->> 'foster_kind'),
         b.payload ->> 'household_id', b.payload ->> 'rci_id', mlup.word('RELATION_', b.payload ->> 'caregiver_relation'),
         b.payload ->> 'ordered_by', b.occurred_from, b.occurred_to, e.occurred_from, e.occurred_to,
         mlup.word('PLACEMENT_END_REASON_', e.payload ->> 'reason')
  FROM mlup.fact_event_living b
  LEFT JOIN LATERAL (
    SELECT position, occurred_from, occurred_to, payload FROM mlup.fact_event_living
    WHERE stream = b.stream AND event_type = 'mlup.cases.v1.PlacementEnded' AND position > b.position
      AND payload ->> 'placement_id' = b.payload ->> 'placement_id' ORDER BY position LIMIT 1) e ON true
  WHERE b.event_type = 'mlup.cases.v1.PlacementStarted' AND (every OR b.stream = ANY (cases));
END
$$;
COMMENT ON FUNCTION mlup.refresh_intervals(text[], bigint[]) IS 'The daemon calls it when cases changed.';
