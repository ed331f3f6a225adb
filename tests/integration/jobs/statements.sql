-- name: runs
select job, state, rows, error from api.job_run order by started_at

-- name: wrong
select 1 / 0
