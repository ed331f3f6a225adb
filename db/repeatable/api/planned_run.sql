create view api.planned_run as
select
    p.planned_run_id as planned_run,
    m.code as machine,
    r.code as reference,
    lower(p.during) as planned_from,
    upper(p.during) as planned_to,
    p.quantity,
    p.planned_at,
    p.planned_by,
    x.in_force_s,
    x.in_force_s = 0 as is_replaced
from plant.planned_run as p
join plant.machine as m using (machine_id)
left join plant.reference as r using (reference_id)
cross join lateral (
    select coalesce(range_agg(q.during), '{}') as during
    from plant.planned_run as q
    where q.machine_id = p.machine_id and q.during && p.during and q.planned_at > p.planned_at
) as later
cross join lateral (
    select coalesce(sum(extract(epoch from upper(u.during) - lower(u.during))), 0)::float8 as in_force_s
    from unnest(tstzmultirange(p.during) - later.during) as u (during)
) as x;
comment on view api.planned_run is 'Planned runs as they were said, each one; a later plan replaces an earlier one of the same machine and time';
comment on column api.planned_run.planned_run is 'Number of the planned run';
comment on column api.planned_run.machine is 'Machine';
comment on column api.planned_run.reference is 'Product; NULL: the machine is planned to stand still';
comment on column api.planned_run.planned_from is 'Planned start';
comment on column api.planned_run.planned_to is 'Planned end';
comment on column api.planned_run.quantity is 'Planned quantity, in units of the reference; NULL where none was said';
comment on column api.planned_run.planned_at is 'When it was said: forecasts issued before do not know it';
comment on column api.planned_run.planned_by is 'Who said it';
comment on column api.planned_run.in_force_s is 'Seconds of it that no later plan replaced';
comment on column api.planned_run.is_replaced is 'True where a later plan replaced all of it';
