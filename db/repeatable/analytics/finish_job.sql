-- A job that ended, well or not: its row says so, and the next run need not wait for the lease.
create or replace function analytics.finish_job(p_job_run_id bigint, p_holder text, p_rows bigint, p_error text)
returns void
language sql volatile security definer
set search_path = pg_catalog, pg_temp
begin atomic
    update ops.job_run as r set finished_at = clock_timestamp(), rows = p_rows, error = p_error
    where r.job_run_id = p_job_run_id;
    select ops.release_lease('job ' || r.job, p_holder) from ops.job_run as r where r.job_run_id = p_job_run_id;
end;

comment on function analytics.finish_job is 'Closes the row of a run and gives the lease of its job back';
