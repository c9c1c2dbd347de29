-- Who, where and what figures tell of.
CREATE TABLE mlup.dim_person (
  person_id     text PRIMARY KEY,
  survivor_id   text NOT NULL,
  merged        boolean NOT NULL,
  sex           text NOT NULL,
  birth_from    date,
  birth_to      date,
  birth_year    integer GENERATED ALWAYS AS (
    CASE WHEN extract(year FROM birth_from) = extract(year FROM birth_to) THEN extract(year FROM birth_from)::integer END) STORED,
  disability    text NOT NULL,
  province_code text NOT NULL,
  is_erased     boolean NOT NULL
);
COMMENT ON TABLE mlup.dim_person IS 'One row for each record of a person, by pseudonym, as events tell that are not for few. A merged record has what is known of its survivor.';
COMMENT ON COLUMN mlup.dim_person.person_id IS 'Pseudonym of the record.';
COMMENT ON COLUMN mlup.dim_person.survivor_id IS 'Record that stands for it after merges; count different ones of these, never rows.';
COMMENT ON COLUMN mlup.dim_person.merged IS 'Whether another record stands for it.';
COMMENT ON COLUMN mlup.dim_person.sex IS 'Sex, or unknown.';
COMMENT ON COLUMN mlup.dim_person.birth_from IS 'First possible day of birth, of a month or a year; empty where not known.';
COMMENT ON COLUMN mlup.dim_person.birth_to IS 'Last possible day of birth.';
COMMENT ON COLUMN mlup.dim_person.birth_year IS 'Year of birth, where it is known.';
COMMENT ON COLUMN mlup.dim_person.disability IS 'Disability as recorded, or unknown.';
COMMENT ON COLUMN mlup.dim_person.province_code IS 'Province of residence; see dim_place.';
COMMENT ON COLUMN mlup.dim_person.is_erased IS 'Whether the data of the person was erased: only the pseudonym is left, on which figures rest.';

CREATE TABLE mlup.dim_place (
  province_code text PRIMARY KEY,
  name_en       text NOT NULL,
  name_km       text NOT NULL
);
COMMENT ON TABLE mlup.dim_place IS 'The 25 provinces, and unknown and remote.';
COMMENT ON COLUMN mlup.dim_place.province_code IS 'Two digits of the gazetteer, unknown or remote.';
COMMENT ON COLUMN mlup.dim_place.name_en IS 'Name in English.';
COMMENT ON COLUMN mlup.dim_place.name_km IS 'Name in Khmer.';

CREATE TABLE mlup.dim_indicator (
  code       text PRIMARY KEY,
  ordinal    integer NOT NULL,
  section    text NOT NULL,
  name_en    text NOT NULL,
  name_km    text NOT NULL,
  unit       text NOT NULL,
  population text NOT NULL,
  nature     text,
  version    integer NOT NULL
);
COMMENT ON TABLE mlup.dim_indicator IS 'One row for each figure that reports have, as the daemon defines it.';
COMMENT ON COLUMN mlup.dim_indicator.code IS 'Code; never used again with another meaning.';
COMMENT ON COLUMN mlup.dim_indicator.ordinal IS 'Place in reports, from 1.';
COMMENT ON COLUMN mlup.dim_indicator.section IS 'Heading in reports.';
COMMENT ON COLUMN mlup.dim_indicator.name_en IS 'Name in English.';
COMMENT ON COLUMN mlup.dim_indicator.name_km IS 'Name in Khmer; empty where it has none.';
COMMENT ON COLUMN mlup.dim_indicator.unit IS 'What is counted. unique_persons are never added up: not over figures, quarters or provinces.';
COMMENT ON COLUMN mlup.dim_indicator.population IS 'Whom or what it covers, in words.';
COMMENT ON COLUMN mlup.dim_indicator.nature IS 'planned, qualitative or context where it is shown and never counted; else counted or empty.';
COMMENT ON COLUMN mlup.dim_indicator.version IS 'Version of the definition.';

-- A code of an enum in words: kinship of CARE_TYPE_KINSHIP.
CREATE FUNCTION mlup.word(prefix text, code text) RETURNS text LANGUAGE sql IMMUTABLE
AS $$ SELECT lower(CASE WHEN starts_with(code, prefix) THEN substr(code, length(prefix) + 1) ELSE code END) $$;
COMMENT ON FUNCTION mlup.word(text, text) IS 'A code of the payload in words: kinship of CARE_TYPE_KINSHIP.';

CREATE VIEW mlup.dim_organisation AS
SELECT DISTINCT ON (o.record_id)
       o.record_id AS organisation_id,
       o.payload #>> '{names,0}' AS name,
       mlup.word('ORGANISATION_KIND_', o.payload ->> 'kind') AS kind,
       o.payload ->> 'province_code' AS province_code,
       coalesce((o.payload ->> 'own')::boolean, false) AS own,
       EXISTS (SELECT FROM mlup.fact_event_living e
               WHERE e.stream = o.stream AND e.event_type = 'mlup.network.v1.OrganisationClosed') AS closed
FROM mlup.fact_event_living o
WHERE o.event_type = 'mlup.network.v1.OrganisationRegistered'
ORDER BY o.record_id, o.position DESC;
COMMENT ON VIEW mlup.dim_organisation IS 'One row for each organisation.';
COMMENT ON COLUMN mlup.dim_organisation.organisation_id IS 'Id of its record.';
COMMENT ON COLUMN mlup.dim_organisation.name IS 'Its usual name.';
COMMENT ON COLUMN mlup.dim_organisation.kind IS 'Kind of organisation.';
COMMENT ON COLUMN mlup.dim_organisation.province_code IS 'Province; see dim_place.';
COMMENT ON COLUMN mlup.dim_organisation.own IS 'Whether it runs this installation.';
COMMENT ON COLUMN mlup.dim_organisation.closed IS 'Whether it has ceased to work.';
