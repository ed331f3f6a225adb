-- What every job says to the database. Named statements; see db/statements.py.

-- name: begin_job
select holder, job_run_id
from analytics.begin_job(%(job)s::text, %(holder)s::text, %(lifetime)s::interval)

-- name: finish_job
select analytics.finish_job(%(job_run_id)s::bigint, %(holder)s::text, %(rows)s::bigint, %(error)s::text)
