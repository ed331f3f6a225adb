-- Makes the hours of sensors equal to what slices and readings say, for the whole hours of a range. Only what lies
-- before a reading says something of it, so an hour does not change when the next one comes in.
create or replace function analytics.summarise(p_sensor_ids int[], p_from timestamptz, p_to timestamptz)
returns bigint
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
set jit = off
set enable_nestloop = off
set plan_cache_mode = force_custom_plan
as $$
declare
    v_from timestamptz := date_bin('1 hour', p_from, 'epoch');
    v_to timestamptz := date_bin('1 hour', p_to, 'epoch');
    v_rows bigint;
begin
    if v_from >= v_to then
        return 0;
    end if;
    with quarter as materialized (
        select q.*, date_bin('1 hour', q.time, 'epoch') as hour
        from analytics.quarter(p_sensor_ids, v_from, v_to) as q
    ),
    level as (
        select sensor_id, regime, hour, count(*)::int as quarters,
            percentile_cont(0.5) within group (order by value) as value
        from quarter group by sensor_id, regime, hour
    ),
    -- each quarter-hour of readings belongs to one regime: where a machine changed in it, to the one measured
    place as (
        select distinct on (sensor_id, time) sensor_id, time, regime, hour
        from quarter order by sensor_id, time, regime desc
    ),
    raw as (
        select r.sensor_id, r.time, r.value * s.scale + s.value_offset as v, s.sampling_interval, s.max_gap
        from plant.sensor as s
        cross join lateral (
            select x.sensor_id, x.time, x.value from telemetry.reading as x
            where x.sensor_id = s.sensor_id and not x.is_struck
                and x.time >= v_from - greatest(interval '1 hour', 8 * s.sampling_interval) and x.time < v_to
        ) as r
        where s.sensor_id = any (p_sensor_ids) and s.kind in ('gauge', 'power')
    ),
    neighbour as (
        select sensor_id, time, v, sampling_interval, max_gap,
            lag(v) over w as v1, lag(v, 2) over w as v2, lag(v, 3) over w as v3, lag(v, 4) over w as v4, lag(v, 5) over w as v5,
            time - lag(time, 2) over w as since2, time - lag(time, 5) over w as since5
        from raw
        window w as (partition by sensor_id order by time)
    ),
    reading as (
        select sensor_id, time, date_bin('15 minutes', time, 'epoch') as quarter_at,
            case when since2 <= 2 * max_gap then v1 - (v2 + v) / 2 end as apart,
            case when since2 <= 2 * max_gap and abs(v - v2) <= abs(v1 - (v2 + v) / 2) / 2 then abs(v1 - (v2 + v) / 2) end as spike,
            case when since5 <= 10 * sampling_interval then abs(
                v + v1 + v2 - greatest(v, v1, v2) - least(v, v1, v2)
                - (v3 + v4 + v5 - greatest(v3, v4, v5) - least(v3, v4, v5))
            ) end as shift,
            (v is distinct from v1)::int as is_change
        from neighbour
    ),
    placed as (
        select r.*, p.regime, p.hour,
            sum(r.is_change) over (partition by r.sensor_id, p.regime, p.hour order by r.time) as run
        from reading as r
        join place as p on p.sensor_id = r.sensor_id and p.time = r.quarter_at
    ),
    equal as (
        select sensor_id, regime, hour, run, count(*) as length
        from placed group by sensor_id, regime, hour, run
    ),
    held as (
        select distinct on (sensor_id, regime, hour) sensor_id, regime, hour,
            max(length) over (partition by sensor_id, regime, hour) as run_length, length as run_at_end
        from equal order by sensor_id, regime, hour, run desc
    ),
    texture as (
        select sensor_id, regime, hour, count(*) as readings,
            case when count(apart) >= 5
                then 1.4826 / sqrt(1.5) * percentile_cont(0.5) within group (order by abs(apart)) end as noise,
            case when count(apart) > 0 then coalesce(max(spike), 0) end as spike,
            max(shift) as shift,
            sum(is_change) as changes
        from placed group by sensor_id, regime, hour
    ),
    new as materialized (
        select l.sensor_id, l.regime, l.hour, l.quarters, l.value, t.readings::int, t.noise, t.spike, t.shift,
            t.changes::int, h.run_length::int, h.run_at_end::int
        from level as l
        left join texture as t using (sensor_id, regime, hour)
        left join held as h using (sensor_id, regime, hour)
    ),
    gone as (
        delete from analytics.hour as o
        where o.sensor_id = any (p_sensor_ids) and o.hour >= v_from and o.hour < v_to
            and not exists (
                select from new as n where n.sensor_id = o.sensor_id and n.regime = o.regime and n.hour = o.hour
            )
        returning 1
    ),
    written as (
        insert into analytics.hour as o
        select * from new
        on conflict (sensor_id, hour, regime) do update set
            quarters = excluded.quarters, value = excluded.value, readings = excluded.readings,
            noise = excluded.noise, spike = excluded.spike, shift = excluded.shift, changes = excluded.changes,
            run_length = excluded.run_length, run_at_end = excluded.run_at_end
        where (o.quarters, o.value, o.readings, o.noise, o.spike, o.shift, o.changes, o.run_length, o.run_at_end)
            is distinct from (excluded.quarters, excluded.value, excluded.readings, excluded.noise, excluded.spike,
                excluded.shift, excluded.changes, excluded.run_length, excluded.run_at_end)
        returning 1
    )
    select (select count(*) from gone) + (select count(*) from written) into v_rows;
    insert into analytics.sensor_state as t (sensor_id, summarised_from, summarised_to)
    select i, v_from, v_to from unnest(p_sensor_ids) as i
    on conflict (sensor_id) do update set
        summarised_from = least(t.summarised_from, excluded.summarised_from),
        summarised_to = greatest(t.summarised_to, excluded.summarised_to)
    where t.summarised_from > excluded.summarised_from or t.summarised_to < excluded.summarised_to;
    return v_rows;
end
$$;
comment on function analytics.summarise is
'Works out the hours of sensors from slices and readings, for the whole hours of a range; returns how many rows changed';
