-- What everybody may see, and who may see what. A view here reads with the rights of who made it, and whoever reads it may ask PostgreSQL what
-- it met: so nothing but what everybody may see lies below.
CREATE SCHEMA mlup_public;
COMMENT ON SCHEMA mlup_public IS 'Figures of mlup that everybody may see: small numbers of people are withheld.';

CREATE TABLE mlup_public.figure (
  period        text NOT NULL REFERENCES mlup.report_period ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
  code          text NOT NULL REFERENCES mlup.dim_indicator DEFERRABLE INITIALLY DEFERRED,
  dimension     text NOT NULL,
  member        text NOT NULL,
  value         numeric,
  why_none      text,
  planned_value numeric,
  headcount     numeric,
  PRIMARY KEY (period, code, dimension, member)
);
COMMENT ON TABLE mlup_public.figure IS 'One row for each figure of a quarter, and each part of it, that everybody may know of. The parts of a figure that is withheld whole, and parts that are one record each, are not here.';
COMMENT ON COLUMN mlup_public.figure.period IS 'Quarter, for example 2021-Q1.';
COMMENT ON COLUMN mlup_public.figure.code IS 'Which figure.';
COMMENT ON COLUMN mlup_public.figure.dimension IS 'What it is split by; empty for the total.';
COMMENT ON COLUMN mlup_public.figure.member IS 'Which part; empty for the total.';
COMMENT ON COLUMN mlup_public.figure.value IS 'Value: small numbers of people, and what would tell them, are left out.';
COMMENT ON COLUMN mlup_public.figure.why_none IS 'Why there is none; withheld where a value is not for everybody.';
COMMENT ON COLUMN mlup_public.figure.planned_value IS 'What is planned, as value.';
COMMENT ON COLUMN mlup_public.figure.headcount IS 'People counted without identity, as value.';

CREATE VIEW mlup_public.v_figures_by_quarter AS
SELECT make_date(left(c.period, 4)::integer, right(c.period, 1)::integer * 3 - 2, 1)::timestamp AT TIME ZONE 'Asia/Phnom_Penh' AS time,
       c.period, i.section, c.code, i.name_en, i.name_km, i.unit, c.dimension, c.member, c.value, c.why_none, c.planned_value, c.headcount
FROM mlup_public.figure c
JOIN mlup.dim_indicator i USING (code);
COMMENT ON VIEW mlup_public.v_figures_by_quarter IS 'Every figure and its parts by quarter. Rows of unique_persons are never added up.';
COMMENT ON COLUMN mlup_public.v_figures_by_quarter.time IS 'Begin of the quarter.';
COMMENT ON COLUMN mlup_public.v_figures_by_quarter.period IS 'Quarter.';
COMMENT ON COLUMN mlup_public.v_figures_by_quarter.section IS 'Heading in reports.';
COMMENT ON COLUMN mlup_public.v_figures_by_quarter.code IS 'Which figure.';
COMMENT ON COLUMN mlup_public.v_figures_by_quarter.name_en IS 'Its name in English.';
COMMENT ON COLUMN mlup_public.v_figures_by_quarter.name_km IS 'Its name in Khmer.';
COMMENT ON COLUMN mlup_public.v_figures_by_quarter.unit IS 'What is counted.';
COMMENT ON COLUMN mlup_public.v_figures_by_quarter.dimension IS 'What it is split by; empty for the total.';
COMMENT ON COLUMN mlup_public.v_figures_by_quarter.member IS 'Which part; empty for the total.';
COMMENT ON COLUMN mlup_public.v_figures_by_quarter.value IS 'Value; empty where there is none or it is withheld.';
COMMENT ON COLUMN mlup_public.v_figures_by_quarter.why_none IS 'Why there is none.';
COMMENT ON COLUMN mlup_public.v_figures_by_quarter.planned_value IS 'What is planned.';
COMMENT ON COLUMN mlup_public.v_figures_by_quarter.headcount IS 'People counted without identity, beside the value.';

CREATE VIEW mlup_public.v_reach_by_province AS
SELECT f.time, f.period, f.section, f.code, f.name_en, f.name_km, f.unit,
       f.member AS province_code, coalesce(d.name_en, f.member) AS province_en, coalesce(d.name_km, f.member) AS province_km, f.value
FROM mlup_public.v_figures_by_quarter f
LEFT JOIN mlup.dim_place d ON d.province_code = f.member
WHERE f.dimension IN ('province', 'residence') AND f.member <> '';
COMMENT ON VIEW mlup_public.v_reach_by_province IS 'Figures by quarter and province. Rows of unique_persons are never added up.';
COMMENT ON COLUMN mlup_public.v_reach_by_province.time IS 'Begin of the quarter.';
COMMENT ON COLUMN mlup_public.v_reach_by_province.period IS 'Quarter.';
COMMENT ON COLUMN mlup_public.v_reach_by_province.section IS 'Heading in reports.';
COMMENT ON COLUMN mlup_public.v_reach_by_province.code IS 'Which figure.';
COMMENT ON COLUMN mlup_public.v_reach_by_province.name_en IS 'Its name in English.';
COMMENT ON COLUMN mlup_public.v_reach_by_province.name_km IS 'Its name in Khmer.';
COMMENT ON COLUMN mlup_public.v_reach_by_province.unit IS 'What is counted.';
COMMENT ON COLUMN mlup_public.v_reach_by_province.province_code IS 'Province, unknown or remote.';
COMMENT ON COLUMN mlup_public.v_reach_by_province.province_en IS 'Its name in English.';
COMMENT ON COLUMN mlup_public.v_reach_by_province.province_km IS 'Its name in Khmer.';
COMMENT ON COLUMN mlup_public.v_reach_by_province.value IS 'Value; empty where there is none or it is withheld.';

-- Roles are of the whole cluster, and stay when the tables are made anew: give them to those who sign in.
DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'mlup_analyst') THEN CREATE ROLE mlup_analyst NOLOGIN; END IF;
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'mlup_public') THEN CREATE ROLE mlup_public NOLOGIN; END IF;
END
$$;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA mlup FROM PUBLIC;
GRANT USAGE ON SCHEMA mlup, mlup_public TO mlup_analyst;
GRANT SELECT ON ALL TABLES IN SCHEMA mlup, mlup_public TO mlup_analyst;
GRANT EXECUTE ON FUNCTION mlup.word(text, text) TO mlup_analyst;
GRANT USAGE ON SCHEMA mlup_public TO mlup_public;
GRANT SELECT ON ALL TABLES IN SCHEMA mlup_public TO mlup_public;
