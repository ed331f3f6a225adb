-- The anomalies board. Each statement is one panel: at most three lines, from schema api alone.

-- name: open
select anomaly, sensor, machine, class, kind, severity, score, opened_at, duration_s, actual, expected, excess, measured_in as unit, energy_kwh, cost, alert_state, alerts, last_alert_at, verdict, page_from, page_to
from api.episode where is_open and (machine is null or machine = any(array[${machine:sqlstring}]::text[])) order by opened_at desc limit 200

-- name: alerting
select alert, machine, object, firing, since
from api.alert where firing > 0 and (machine = '' or machine = any(array[${machine:sqlstring}]::text[])) order by alert, machine, object limit 100

-- name: past
select anomaly, sensor, machine, class, kind, severity, score, opened_at, duration_s, actual, expected, excess, measured_in as unit, energy_kwh, cost, alerts, verdict, verdict_reason, page_from, page_to
from api.episode where not is_open and opened_at <= $__timeTo()::timestamptz and last_at >= $__timeFrom()::timestamptz and (machine is null or machine = any(array[${machine:sqlstring}]::text[])) order by opened_at desc limit 500

-- name: sensor
select sensor, machine, quantity, unit, last_seen_at, last_value, silent_s, is_silent from api.sensor where sensor = any(array[${sensor:sqlstring}]::text[])

-- name: expected
select "time", low, high, expected, value
from api.sensor_expected((array[${sensor:sqlstring}]::text[])[1], $__timeFrom()::timestamptz, $__timeTo()::timestamptz) order by "time"

-- name: readings
select "time", minimum, maximum, value
from api.sensor_series(array[${sensor:sqlstring}]::text[], $__timeFrom()::timestamptz, $__timeTo()::timestamptz) order by "time"

-- name: detectors
select class, kind, episodes, verdicts, real_episodes, false_episodes, planned_stops, without_verdict, precision
from api.detector_record order by class, episodes desc nulls last

-- name: baselines
select regime, feature, version, valid_from, hours, is_used, reason, centre, usual_distance, profile_period, noise
from api.baseline where sensor = any(array[${sensor:sqlstring}]::text[]) and valid_to is null order by regime, feature

-- name: episodes
select opened_at as "time", last_at as timeend, kind as text, class as tags from api.episode
where sensor = any(array[${sensor:sqlstring}]::text[]) and opened_at <= $__timeTo()::timestamptz and last_at >= $__timeFrom()::timestamptz

-- name: lots
select started_at as "time", coalesce(finished_at, now()) as timeend, lot as text, machine as tags from api.run
where started_at <= $__timeTo()::timestamptz and coalesce(finished_at, now()) >= $__timeFrom()::timestamptz and machine = any(array[${machine:sqlstring}]::text[])
