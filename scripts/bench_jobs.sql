-- What scripts/bench_jobs.py asks. Named statements; see db/statements.py.

-- name: plant
with site as (
    insert into plant.site (code, name, time_zone, currency) values ('BENCH', 'Bench', 'Europe/Madrid', 'EUR')
    returning site_id
)

insert into plant.sensor (code, topic, site_id, kind, quantity, unit, sampling_interval, max_gap)
select
    'bench-' || i as code, 'bench-' || i as topic, s.site_id, 'gauge' as kind, 'temperature' as quantity, 'C' as unit,
    interval '1 minute' as sampling_interval, interval '5 minutes' as max_gap
from generate_series(1, %(sensors)s::int) as i
cross join site as s;

-- name: hours
-- 28 days of hours, as settling and summing up would have left them
insert into analytics.hour (
    sensor_id, regime, hour, quarters, value, readings, noise, spike, shift, changes, run_length, run_at_end
)
select
    s.sensor_id, 0, h.hour, 4,
    50 + 3 * sin(2 * pi() * extract(hour from h.hour) / 24) + 2 * sin(s.sensor_id + extract(epoch from h.hour) / 1e5)
    + 0.3 * sqrt(-2 * ln(1 - random())) * cos(2 * pi() * random()),
    60, 0.3 * (0.8 + 0.4 * random()), 1.5 * random(), 1.2 * random(), 60, 1, 1
from plant.sensor as s
cross join generate_series(%(at)s::timestamptz - interval '28 days', %(at)s::timestamptz - interval '1 hour', interval '1 hour') as h (hour);

-- name: state
insert into analytics.sensor_state (sensor_id, summarised_from, summarised_to)
select s.sensor_id, %(at)s::timestamptz - interval '28 days', %(at)s::timestamptz from plant.sensor as s;

-- name: slices
insert into telemetry.slice (time, sensor_id, run_id, state, role, readings, flags, measured_s, known_s, value_s, minimum, maximum)
select q.time, s.sensor_id, 0, 'u', 'other', 15, 0, 900, 900, 900 * (50 + random()), 49, 52
from plant.sensor as s
cross join generate_series(%(at)s::timestamptz, %(at)s::timestamptz + interval '45 minutes', interval '15 minutes') as q (time);

-- name: readings
insert into telemetry.reading (time, sensor_id, value)
select t.time, s.sensor_id, 50 + random()
from plant.sensor as s
cross join generate_series(%(at)s::timestamptz, %(at)s::timestamptz + interval '59 minutes', interval '1 minute') as t (time);

-- name: background
select analytics.put_missing_background(array_agg(s.sensor_id), %(at)s::timestamptz - interval '26 days', %(at)s::timestamptz)
from plant.sensor as s;

-- name: analyze
analyze;

-- name: score
select analytics.score(%(at)s::timestamptz, %(at)s::timestamptz + interval '1 hour');
