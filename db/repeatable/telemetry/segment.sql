-- Quarter-hours cut where a machine changes from one run to another, to idle or to nothing.
-- Time belongs to a segment before any reading is looked at, so every sensor of a machine is cut alike.
create or replace function telemetry.segment(
    p_machine_ids int[], p_from timestamptz[], p_to timestamptz[]
) returns table (
    machine_id int, bucket timestamptz, from_time timestamptz, to_time timestamptz,
    run_id int, state "char", lot_id int, reference_id int, minimum_c float8, maximum_c float8
)
language sql stable
as $$
    with span as materialized (
        select machine_id, lower(part) as from_time, upper(part) as to_time
        from (
            select machine_id, unnest(range_agg(tstzrange(from_time, to_time))) as part
            from unnest(p_machine_ids, p_from, p_to) as w (machine_id, from_time, to_time)
            group by machine_id
        ) as merged
    ),
    machine as materialized (
        select m.machine_id, l.site_id,
            (select min(lower(r.during)) from plant.lot_run as r where r.machine_id = m.machine_id) as first_run_at,
            (select max(lower(r.during)) from plant.lot_run as r where r.machine_id = m.machine_id) as last_run_at
        from plant.machine as m
        join plant.line as l using (line_id)
        where m.machine_id = any (p_machine_ids)
    ),
    run_quarter as materialized (
        select r.machine_id, q.bucket,
            greatest(lower(r.during), q.bucket) as from_time,
            least(upper(r.during), q.bucket + interval '15 minutes') as to_time,
            r.run_id, t.lot_id, t.reference_id, f.temperature_minimum_c, f.temperature_maximum_c
        from span as w
        join plant.lot_run as r on r.machine_id = w.machine_id and r.during && tstzrange(w.from_time, w.to_time)
        join plant.lot as t using (lot_id)
        left join plant.reference as f on f.reference_id = t.reference_id
        cross join lateral generate_series(
            date_bin('15 minutes', greatest(lower(r.during), w.from_time), 'epoch'),
            least(upper(r.during), w.to_time) - interval '1 microsecond',
            interval '15 minutes'
        ) as q (bucket)
    ),
    -- what the runs of a quarter-hour leave over: from the end of one run to the start of the next,
    -- the last of them up to the end of the quarter-hour
    mark as (
        select machine_id, bucket, from_time, to_time from run_quarter
        union all
        select w.machine_id, q.bucket, q.bucket + interval '15 minutes', null
        from span as w
        cross join lateral generate_series(
            w.from_time, w.to_time - interval '1 microsecond', interval '15 minutes'
        ) as q (bucket)
        where w.machine_id <> 0
    ),
    rest as (
        select machine_id, bucket,
            coalesce(lag(to_time) over (partition by machine_id, bucket order by from_time), bucket) as from_time,
            from_time as to_time
        from mark
    ),
    free as materialized (
        select r.machine_id, r.bucket, r.from_time, r.to_time, m.site_id,
            coalesce(r.from_time > m.first_run_at and r.to_time <= m.last_run_at, false) as is_between_runs
        from rest as r
        join machine as m using (machine_id)
        where r.from_time < r.to_time
    ),
    shifted as materialized (
        select f.machine_id, f.bucket, f.from_time, f.to_time,
            range_agg(s.during * tstzrange(f.from_time, f.to_time)) as inside
        from free as f
        join plant.shift as s on s.site_id = f.site_id and s.during && tstzrange(f.from_time, f.to_time)
        where not f.is_between_runs
        group by f.machine_id, f.bucket, f.from_time, f.to_time
    )
    select machine_id, bucket, from_time, to_time, run_id, 'l'::"char", lot_id, reference_id,
        temperature_minimum_c, temperature_maximum_c
    from run_quarter
    union all
    select f.machine_id, f.bucket, f.from_time, f.to_time, 0,
        case when f.is_between_runs then 'i'::"char" else 'u'::"char" end, null, null, null, null
    from free as f
    where not exists (
        select from shifted as s
        where s.machine_id = f.machine_id and s.bucket = f.bucket and s.from_time = f.from_time
    )
    union all
    select s.machine_id, s.bucket, lower(x.part), upper(x.part), 0, x.state, null, null, null, null
    from shifted as s
    cross join lateral (
        select part, 'i'::"char" as state from unnest(s.inside) as i (part)
        union all
        select part, 'u'::"char" from unnest(tstzmultirange(tstzrange(s.from_time, s.to_time)) - s.inside) as o (part)
    ) as x
    union all
    -- a meter that belongs to no machine (a site's): all of its time is unattributed
    select 0, q.bucket, q.bucket, q.bucket + interval '15 minutes', 0, 'u'::"char", null, null, null, null
    from span as w
    cross join lateral generate_series(
        w.from_time, w.to_time - interval '1 microsecond', interval '15 minutes'
    ) as q (bucket)
    where w.machine_id = 0
$$;
comment on function telemetry.segment(int[], timestamptz[], timestamptz[]) is
'Segments of machines over quarter-hour-aligned ranges, each once however the ranges overlap: run (l), idle (i) or unattributed (u); machine 0 stands for meters of a site';
