-- Our policies, by names that outlive a deploy (their numbers do not). Where TimescaleDB's background
-- workers run, a policy is never due here: it waits a minute longer than they would.
create or replace view ops.policy as
select
    j.job_id,
    concat_ws(
        ' ', j.proc_name, coalesce(c.view_schema || '.' || c.view_name, j.hypertable_schema || '.' || j.hypertable_name)
    ) as name,
    coalesce(greatest(t.last_run_at, s.last_run_started_at) + j.schedule_interval + interval '1 minute', '-infinity')
    as due_at
from timescaledb_information.jobs as j
left join timescaledb_information.continuous_aggregates as c
    on
        j.hypertable_schema = c.materialization_hypertable_schema
        and j.hypertable_name = c.materialization_hypertable_name
left join timescaledb_information.job_stats as s on j.job_id = s.job_id
left join ops.task_state as t
    on t.name = concat_ws(
        ' ', j.proc_name, coalesce(c.view_schema || '.' || c.view_name, j.hypertable_schema || '.' || j.hypertable_name)
    )
where j.scheduled and (j.proc_schema = 'ops' or j.hypertable_schema = 'telemetry' or c.view_schema = 'telemetry');
comment on view ops.policy is 'Policies of this platform, and when the scheduler has to run them because nobody else did';
