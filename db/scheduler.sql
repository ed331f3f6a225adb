-- What the scheduler asks of the database. Named statements; see db/statements.py.

-- name: hold_lease
select ops.hold_lease('scheduler', %(holder)s::text, %(lifetime)s::interval);

-- name: release_lease
select ops.release_lease('scheduler', %(holder)s::text);

-- name: scheduler
select l.holder from ops.lease as l where l.name = 'scheduler' and l.expires_at > now();

-- name: note
select ops.note_task(%(name)s::text, %(duration_s)s::float8, %(error)s::text);

-- name: settle
select taken, written, deleted, parked from telemetry.settle();

-- name: stale
select s.from_time, s.to_time, s.stale_ids from ops.stale as s order by s.from_time;

-- name: forget_stale
select ops.forget_stale(%(stale_ids)s::bigint[]);

-- name: aggregates
select aggregate from ops.aggregate order by aggregate;

-- name: refresh
call ops.refresh_safe(%(aggregate)s::text, %(from_time)s::timestamptz, %(to_time)s::timestamptz);

-- name: due
select job_id, name from ops.policy where due_at <= now() order by job_id;

-- name: run_job
call public.run_job(%(job_id)s::int);

-- name: cancel_long_queries
select ops.cancel_long_queries();

-- name: score_due
select analytics.score_due();
