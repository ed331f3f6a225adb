-- A job that starts: it takes the lease of its name, or says who has it. The row stays open until the
-- job ends; one that was killed leaves it open for ever, and shows by that.
create or replace function analytics.begin_job(
    p_job text, p_holder text, p_lifetime interval, out holder text, out job_run_id bigint
)
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    holder := ops.hold_lease('job ' || p_job, p_holder, p_lifetime);
    if holder = p_holder then
        insert into ops.job_run as r (job) values (p_job) returning r.job_run_id into job_run_id;
    end if;
end
$$;

comment on function analytics.begin_job is
'Takes the lease of a job and opens a row for this run; where another holds it, says who';
