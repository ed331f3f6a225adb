-- Runs that readings claim. Each sensor's claim holds to its next claim, at the longest max_gap.
-- Sensors that agree are one run. Where two lots are claimed at once for no longer than max_gap it is a
-- changeover, and the lot that began last has it; longer, nobody has it and it is shown as a conflict.
create or replace function plant.claimed_run(p_machine_id int, p_from timestamptz, p_to timestamptz)
returns table (lot text, operator text, from_time timestamptz, to_time timestamptz, lots text[])
language sql stable
as $$
    with sensor as (
        select s.sensor_id, coalesce(s.max_gap, s.sampling_interval * 5) as max_gap,
            max(coalesce(s.max_gap, s.sampling_interval * 5)) over () as longest
        from plant.sensor as s
        where s.machine_id = p_machine_id
    ),
    claim as (
        select s.sensor_id, plant.usable_claim(c.lot) as lot, plant.usable_claim(c.operator) as operator, r.time as from_time,
            least(lead(r.time) over (partition by s.sensor_id order by r.time), r.time + s.max_gap) as to_time
        from sensor as s
        cross join lateral (
            select x.time, x.claim_id from telemetry.reading as x
            where x.sensor_id = s.sensor_id and x.claim_id is not null and not x.is_struck
                and x.time >= p_from - 3 * s.longest and x.time < p_to + 3 * s.longest
            order by x.time
        ) as r
        join telemetry.claim as c on c.claim_id = r.claim_id
    ),
    island as materialized (
        select lot, lower(part) as from_time, upper(part) as to_time
        from (
            select lot, unnest(range_agg(tstzrange(from_time, to_time))) as part
            from claim where lot is not null and from_time < to_time group by lot
        ) as merged
    ),
    bound as (
        select from_time as at from island union select to_time from island
    ),
    stretch as (
        select at as from_time, lead(at) over (order by at) as to_time from bound
    ),
    owned as (
        select s.from_time, s.to_time, count(*) as claimants,
            (array_agg(i.lot order by i.from_time desc, i.lot desc))[1] as lot,
            array_agg(i.lot order by i.lot) as lots
        from stretch as s
        join island as i on i.from_time <= s.from_time and i.to_time >= s.to_time
        group by s.from_time, s.to_time
    ),
    -- how long, without a break, more than one lot is claimed
    grouped as (
        select *, sum((is_new)::int) over (order by from_time) as stretch_no
        from (
            select *, claimants = 1 or lag(claimants) over (order by from_time) is null
                or lag(claimants) over (order by from_time) = 1
                or lag(to_time) over (order by from_time) <> from_time as is_new
            from owned
        ) as marked
    ),
    judged as (
        select g.*, claimants > 1 and max(to_time) over (partition by stretch_no)
            - min(from_time) over (partition by stretch_no) > (select max(longest) from sensor) as is_conflict
        from grouped as g
    ),
    merged as (
        select lot, unnest(range_agg(tstzrange(from_time, to_time))) as part, null::text[] as lots
        from judged where not is_conflict group by lot
        union all
        select null, tstzrange(min(j.from_time), max(j.to_time)), array_agg(distinct x.lot)
        from judged as j cross join lateral unnest(j.lots) as x (lot)
        where j.is_conflict group by j.stretch_no
    )
    select m.lot, (
            select c.operator from claim as c
            where c.lot = m.lot and c.operator is not null and c.to_time > lower(m.part) and c.from_time < upper(m.part)
            order by c.from_time, c.operator limit 1
        ),
        greatest(lower(m.part), p_from), least(upper(m.part), p_to), m.lots
    from merged as m
    where m.part && tstzrange(p_from, nullif(p_to, 'infinity'))
$$;
comment on function plant.claimed_run(int, timestamptz, timestamptz) is
'Runs of a machine that readings claim, cut to a range; rows with lots instead of a lot are conflicts that nobody gets';
