-- Questions to paste into Metabase, Superset or psql. Each ends with a semicolon, and is run by tests/e2e/postgres_tables.py.

-- Reach by quarter, each person once, by sex.
SELECT time, period, name_en, member AS sex, value
FROM mlup.v_figures_by_quarter
WHERE unit = 'unique_persons' AND dimension = 'sex'
ORDER BY time, name_en, sex;

-- Which published figures have changed since, and from which to which.
SELECT period, name_en, dimension, member, published_value, value
FROM mlup.v_figures_by_quarter
WHERE restated
ORDER BY period, name_en, dimension, member;

-- Days that closed cases were open for certain, by type.
SELECT case_type, count(*) AS cases, percentile_cont(0.5) WITHIN GROUP (ORDER BY end_from - begin_to) AS median_days
FROM mlup.case_interval
WHERE end_from IS NOT NULL AND begin_to IS NOT NULL
GROUP BY case_type
ORDER BY case_type;

-- Children in care now by form of care; merged records are one child.
SELECT p.care_type, count(DISTINCT coalesce(d.survivor_id, p.person_id)) AS children
FROM mlup.placement_interval p
LEFT JOIN mlup.dim_person d USING (person_id)
WHERE p.end_position IS NULL
GROUP BY p.care_type
ORDER BY children DESC, p.care_type;

-- How late events are recorded, by channel.
SELECT channel, count(*) AS events, avg(known_at::date - occurred_to) AS days_late
FROM mlup.fact_event_living
WHERE occurred_to IS NOT NULL
GROUP BY channel
ORDER BY channel;

-- The events behind one figure.
SELECT e.position, f.event_type, f.occurred_from, f.province_code, e.contributes
FROM mlup.report_evidence e
JOIN mlup.fact_event_living f USING (position)
WHERE e.period = '2021-Q1' AND e.code = 'cases_open' AND e.dimension = ''
ORDER BY e.position;
