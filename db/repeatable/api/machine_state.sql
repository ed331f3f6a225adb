-- A row where a machine changes, and one at the start of the period.
create function api.machine_state(p_from timestamptz, p_to timestamptz, p_machines text[] default null)
returns table ("time" timestamptz, machine text, state int)
language sql stable security definer
set search_path = pg_catalog, pg_temp
as $$
    with machine as (
        select m.machine_id, m.code from plant.machine as m where p_machines is null or m.code = any (p_machines)
    ),
    run as (
        select n.machine_id, m.code, lower(n.during) as from_time, upper(n.during) as to_time
        from plant.lot_run as n
        join machine as m using (machine_id)
        where lower(n.during) < least(p_to, now()) and coalesce(upper(n.during), 'infinity') > p_from
    )
    select p_from, m.code, 0 from machine as m
    where not exists (select from run as r where r.machine_id = m.machine_id and r.from_time <= p_from)
    union all
    select greatest(r.from_time, p_from), r.code, 1 from run as r
    union all
    select r.to_time, r.code, 0 from run as r
    where r.to_time < least(p_to, now())
        and not exists (select from run as x where x.machine_id = r.machine_id and x.from_time = r.to_time)
    order by 1, 2
$$;
comment on function api.machine_state(timestamptz, timestamptz, text[]) is
'When machines ran lots: state 1 from the start of a run, 0 from the end of one that no other follows at once; the first row of each machine is at the start of the period';
