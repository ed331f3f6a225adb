create or replace view api.job_run as
select
    r.job,
    r.started_at,
    r.finished_at,
    extract(epoch from r.finished_at - r.started_at)::float8 as duration_s,
    r.rows,
    r.error,
    case
        when r.error is not null then 'failed'
        when r.finished_at is not null then 'done'
        when exists (select from ops.lease as l where l.name = 'job ' || r.job and l.expires_at > now())
            and not exists (
                select from ops.job_run as n where n.job = r.job and n.job_run_id > r.job_run_id
            ) then 'running'
        else 'killed'
    end as state
from ops.job_run as r;

comment on view api.job_run is 'How scheduled jobs ran: one row for each run';
comment on column api.job_run.job is 'Name of the job, as in lotwatt jobs NAME';
comment on column api.job_run.started_at is 'When it began';
comment on column api.job_run.finished_at is 'When it ended; NULL while it runs, or where it was killed';
comment on column api.job_run.duration_s is 'How long it took, in seconds';
comment on column api.job_run.rows is 'How many rows it wrote';
comment on column api.job_run.error is 'What went wrong, as a sentence; NULL where nothing did';
comment on column api.job_run.state is 'done, failed, running, or killed: it never said that it ended';
