-- What machines with a plan ran, and what they were meant to run: for each machine and reference the share of hours,
-- numbered as in analytics.energy_history. A day begins at the hour of issue, and its plan is what was known then, at
-- the same time of the clock as p_at. `days` are those for which there was a plan.
create or replace function analytics.plan_history(p_from timestamptz, p_at timestamptz)
returns table (
    machine text, line text, site text, reference text, ran_hours int[], ran_share float8[], planned_hours int[],
    planned_share float8[], days int[]
)
language sql stable security definer
set search_path = pg_catalog, pg_temp
set jit = off
as $$
    with machine as (
        select m.machine_id, m.code as machine, l.code as line, s.code as site, s.time_zone,
            (p_from at time zone s.time_zone)::date as first_day, p_at at time zone s.time_zone as local_at
        from plant.machine as m
        join plant.line as l using (line_id)
        join plant.site as s using (site_id)
        where exists (
            select from plant.planned_run as p
            where p.machine_id = m.machine_id and p.during && tstzrange(p_from, p_at + interval '1 day') and p.planned_at <= p_at
        )
    ),
    day as (
        select m.*, d.number,
            tstzrange(
                (m.first_day + d.number * interval '1 day' + date_trunc('hour', m.local_at::time::interval)) at time zone m.time_zone,
                (m.first_day + (d.number + 1) * interval '1 day' + date_trunc('hour', m.local_at::time::interval)) at time zone m.time_zone
            ) as during,
            (m.first_day + d.number * interval '1 day' + m.local_at::time) at time zone m.time_zone as known_at
        from machine as m
        cross join lateral generate_series(-1, m.local_at::date - m.first_day) as d (number)
    ),
    planned as (
        select d.machine_id, d.number, p.reference_id, u.during
        from day as d
        join plant.planned_run as p on p.machine_id = d.machine_id and p.during && d.during and p.planned_at <= d.known_at
        cross join lateral (
            select coalesce(range_agg(q.during), '{}') as during
            from plant.planned_run as q
            where q.machine_id = p.machine_id and q.during && p.during
                and q.planned_at > p.planned_at and q.planned_at <= d.known_at
        ) as later
        cross join lateral unnest(tstzmultirange(p.during * d.during) - later.during) as u (during)
    ),
    piece as (
        select m.*, r.reference_id, r.during, r.is_plan
        from (
            select machine_id, reference_id, during, true as is_plan from planned where reference_id is not null
            union all
            select n.machine_id, t.reference_id, n.during * tstzrange(p_from, p_at), false
            from plant.lot_run as n
            join plant.lot as t using (lot_id)
            where n.during && tstzrange(p_from, p_at)
        ) as r
        join machine as m using (machine_id)
    ),
    share as (
        select p.machine_id, coalesce(f.code, '') as reference, p.is_plan, h.hour,
            sum(extract(epoch from least(upper(p.during), h.hour + interval '1 hour') - greatest(lower(p.during), h.hour)) / 3600)::float8
            as share,
            (extract(epoch from (h.hour at time zone p.time_zone) - p.first_day::timestamp) / 3600)::int as number
        from piece as p
        left join plant.reference as f using (reference_id)
        cross join lateral generate_series(
            date_trunc('hour', lower(p.during), p.time_zone), upper(p.during) - interval '1 microsecond', interval '1 hour'
        ) as h (hour)
        group by p.machine_id, reference, p.is_plan, h.hour, number
    ),
    numbered as (
        select machine_id, reference, is_plan, number, least(avg(share), 1) as share
        from share
        group by machine_id, reference, is_plan, number
    ),
    series as (
        select machine_id, reference,
            coalesce(array_agg(number order by number) filter (where not is_plan), '{}') as ran_hours,
            coalesce(array_agg(share order by number) filter (where not is_plan), '{}') as ran_share,
            coalesce(array_agg(number order by number) filter (where is_plan), '{}') as planned_hours,
            coalesce(array_agg(share order by number) filter (where is_plan), '{}') as planned_share
        from numbered
        group by machine_id, reference
    )
    select m.machine, m.line, m.site, s.reference, s.ran_hours, s.ran_share, s.planned_hours, s.planned_share,
        array(select distinct p.number from planned as p where p.machine_id = m.machine_id order by p.number)
    from machine as m
    join series as s using (machine_id)
    order by m.machine, s.reference
$$;
comment on function analytics.plan_history(timestamptz, timestamptz) is
'Shares of hours that machines ran each reference, and were planned to as it was known at the start of each day';
