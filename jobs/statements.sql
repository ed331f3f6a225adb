-- What every job says to the database. Named statements; see db/statements.py.

-- name: begin_job
select holder, job_run_id
from analytics.begin_job(%(job)s::text, %(holder)s::text, %(lifetime)s::interval)

-- name: finish_job
select analytics.finish_job(%(job_run_id)s::bigint, %(holder)s::text, %(rows)s::bigint, %(error)s::text)

-- name: sensors_due
select sensor_ids, minimum_hours from analytics.sensors_due(%(at)s::timestamptz, %(all)s::boolean)

-- name: prepare_history
select analytics.prepare_history(%(sensor_ids)s::int[], %(at)s::timestamptz)

-- name: training
select * from analytics.training(%(sensor_ids)s::int[], %(from)s::timestamptz, %(to)s::timestamptz)

-- name: put_baselines
select analytics.put_baselines(%(at)s::timestamptz, %(from)s::timestamptz, %(rows)s::jsonb)

-- name: score
select analytics.score(%(from)s::timestamptz, %(to)s::timestamptz)

-- name: forget_hours
select analytics.forget_hours(%(at)s::timestamptz)
