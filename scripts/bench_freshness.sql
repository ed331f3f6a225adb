-- What the benchmark of freshness asks: api only, as a dashboard would.

-- name: readings_since
select sensor, time from api.reading where sensor = any(%(sensors)s) and time >= %(since)s

-- name: running_lots
select machine, energy_kwh from api.lot where finished_at is null

-- name: waiting
select (select count(*) from telemetry.dirty) + (select count(*) from telemetry.dirty_run)

-- name: stored
select count(*) from telemetry.reading
