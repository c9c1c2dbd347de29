-- What tools such as Metabase, Superset and Grafana show without knowing the tables: each has a column of time, and plain names.
CREATE VIEW mlup.v_figures_by_quarter AS
SELECT p.first_day::timestamp AT TIME ZONE 'Asia/Phnom_Penh' AS time, c.period, i.section, c.code, i.name_en, i.name_km, i.unit,
       c.dimension, c.member, c.value, c.why_none, c.planned_value, c.headcount, c.evidence_count, c.restated, c.published_value,
       p.as_known_position
FROM mlup.report_cell c
JOIN mlup.report_period p USING (period)
JOIN mlup.dim_indicator i USING (code);
COMMENT ON VIEW mlup.v_figures_by_quarter IS 'Every figure and its parts by quarter. Rows of unique_persons are never added up.';
COMMENT ON COLUMN mlup.v_figures_by_quarter.time IS 'Begin of the quarter.';
COMMENT ON COLUMN mlup.v_figures_by_quarter.period IS 'Quarter.';
COMMENT ON COLUMN mlup.v_figures_by_quarter.section IS 'Heading in reports.';
COMMENT ON COLUMN mlup.v_figures_by_quarter.code IS 'Which figure.';
COMMENT ON COLUMN mlup.v_figures_by_quarter.name_en IS 'Its name in English.';
COMMENT ON COLUMN mlup.v_figures_by_quarter.name_km IS 'Its name in Khmer.';
COMMENT ON COLUMN mlup.v_figures_by_quarter.unit IS 'What is counted.';
COMMENT ON COLUMN mlup.v_figures_by_quarter.dimension IS 'What it is split by; empty for the total.';
COMMENT ON COLUMN mlup.v_figures_by_quarter.member IS 'Which part; empty for the total.';
COMMENT ON COLUMN mlup.v_figures_by_quarter.value IS 'Value; empty where there is none.';
COMMENT ON COLUMN mlup.v_figures_by_quarter.why_none IS 'Why there is none.';
COMMENT ON COLUMN mlup.v_figures_by_quarter.planned_value IS 'What is planned.';
COMMENT ON COLUMN mlup.v_figures_by_quarter.headcount IS 'People counted without identity, beside the value.';
COMMENT ON COLUMN mlup.v_figures_by_quarter.evidence_count IS 'Number of events behind it.';
COMMENT ON COLUMN mlup.v_figures_by_quarter.restated IS 'Whether the published report says otherwise.';
COMMENT ON COLUMN mlup.v_figures_by_quarter.published_value IS 'The value then.';
COMMENT ON COLUMN mlup.v_figures_by_quarter.as_known_position IS 'Position up to which events are counted.';

CREATE VIEW mlup.v_reach_by_province AS
SELECT f.time, f.period, f.section, f.code, f.name_en, f.name_km, f.unit,
       f.member AS province_code, coalesce(d.name_en, f.member) AS province_en, coalesce(d.name_km, f.member) AS province_km, f.value
FROM mlup.v_figures_by_quarter f
LEFT JOIN mlup.dim_place d ON d.province_code = f.member
WHERE f.dimension IN ('province', 'residence') AND f.member <> '';
COMMENT ON VIEW mlup.v_reach_by_province IS 'Figures by quarter and province. Rows of unique_persons are never added up: who was met in two provinces stands in both.';
COMMENT ON COLUMN mlup.v_reach_by_province.time IS 'Begin of the quarter.';
COMMENT ON COLUMN mlup.v_reach_by_province.period IS 'Quarter.';
COMMENT ON COLUMN mlup.v_reach_by_province.section IS 'Heading in reports.';
COMMENT ON COLUMN mlup.v_reach_by_province.code IS 'Which figure.';
COMMENT ON COLUMN mlup.v_reach_by_province.name_en IS 'Its name in English.';
COMMENT ON COLUMN mlup.v_reach_by_province.name_km IS 'Its name in Khmer.';
COMMENT ON COLUMN mlup.v_reach_by_province.unit IS 'What is counted.';
COMMENT ON COLUMN mlup.v_reach_by_province.province_code IS 'Province, unknown or remote.';
COMMENT ON COLUMN mlup.v_reach_by_province.province_en IS 'Its name in English.';
COMMENT ON COLUMN mlup.v_reach_by_province.province_km IS 'Its name in Khmer.';
COMMENT ON COLUMN mlup.v_reach_by_province.value IS 'Value; empty where there is none.';

CREATE VIEW mlup.v_cases_open_by_month AS
SELECT m.first_day::timestamp AT TIME ZONE 'Asia/Phnom_Penh' AS time, to_char(m.first_day, 'YYYY-MM') AS month,
       coalesce(c.case_type, 'unknown') AS case_type, count(DISTINCT c.case_id) AS cases
FROM (SELECT generate_series(date_trunc('month', min(begin_to)), date_trunc('month', greatest(max(begin_to), max(end_from))),
                             interval '1 month')::date AS first_day FROM mlup.case_interval) m
JOIN mlup.case_interval c ON c.begin_to < m.first_day + interval '1 month'
  AND (c.end_position IS NULL OR c.end_from IS NULL OR c.end_from >= m.first_day + interval '1 month - 1 day')
GROUP BY m.first_day, coalesce(c.case_type, 'unknown');
COMMENT ON VIEW mlup.v_cases_open_by_month IS 'Cases that were open on the last day of each month, by type, from the first month to the last in which one was opened or closed.';
COMMENT ON COLUMN mlup.v_cases_open_by_month.time IS 'Begin of the month.';
COMMENT ON COLUMN mlup.v_cases_open_by_month.month IS 'Month, for example 2021-03.';
COMMENT ON COLUMN mlup.v_cases_open_by_month.case_type IS 'Type of case.';
COMMENT ON COLUMN mlup.v_cases_open_by_month.cases IS 'Number of cases, each once.';

CREATE VIEW mlup.v_placements_by_month AS
SELECT date_trunc('month', begin_to)::timestamp AT TIME ZONE 'Asia/Phnom_Penh' AS time, to_char(begin_to, 'YYYY-MM') AS month,
       coalesce(care_type, 'unknown') AS care_type, count(*) AS placements, count(end_position) AS ended
FROM mlup.placement_interval
WHERE begin_to IS NOT NULL
GROUP BY date_trunc('month', begin_to), to_char(begin_to, 'YYYY-MM'), coalesce(care_type, 'unknown');
COMMENT ON VIEW mlup.v_placements_by_month IS 'Placements by the month in which they began and the form of care.';
COMMENT ON COLUMN mlup.v_placements_by_month.time IS 'Begin of the month.';
COMMENT ON COLUMN mlup.v_placements_by_month.month IS 'Month, for example 2021-03.';
COMMENT ON COLUMN mlup.v_placements_by_month.care_type IS 'Form of care.';
COMMENT ON COLUMN mlup.v_placements_by_month.placements IS 'Placements that began.';
COMMENT ON COLUMN mlup.v_placements_by_month.ended IS 'How many of them have ended since.';

CREATE VIEW mlup.v_events_by_day AS
SELECT occurred_from::timestamp AT TIME ZONE 'Asia/Phnom_Penh' AS time, event_type, sector, coalesce(province_code, '') AS province_code,
       count(*) AS events
FROM mlup.fact_event_living
WHERE occurred_from IS NOT NULL
GROUP BY occurred_from, event_type, sector, coalesce(province_code, '');
COMMENT ON VIEW mlup.v_events_by_day IS 'Events by the first day on which they may have happened: how much was recorded, not whom it reached.';
COMMENT ON COLUMN mlup.v_events_by_day.time IS 'Begin of the day.';
COMMENT ON COLUMN mlup.v_events_by_day.event_type IS 'Full type.';
COMMENT ON COLUMN mlup.v_events_by_day.sector IS 'Field of work.';
COMMENT ON COLUMN mlup.v_events_by_day.province_code IS 'Province, unknown, remote, or empty.';
COMMENT ON COLUMN mlup.v_events_by_day.events IS 'Number of events.';
