-- Makes stored slices equal to what readings and runs say, for the ranges given; writes only rows
-- that differ. The caller holds the locks of the sensors.
create or replace function telemetry.settle_slices(
    p_sensor_ids int[], p_from timestamptz[], p_to timestamptz[], p_is_raw_gone boolean
) returns table (written int, deleted int, lot_ids int[], lot_sensor_ids int[])
language plpgsql volatile
set search_path = pg_catalog, pg_temp
set jit = off
set enable_nestloop = off
-- a correction may touch many slices of a compressed chunk; groups are bounded by settle_group
set timescaledb.max_tuples_decompressed_per_dml_transaction = 0
set work_mem = '256MB'
as $$
declare
    v_gone telemetry.slice[];
    v_new telemetry.slice[];
    v_lots int[];
    v_from timestamptz := (select min(t) from unnest(p_from) as t);
    v_to timestamptz := (select max(t) from unnest(p_to) as t);
begin
    -- Read first and write in statements of their own: TimescaleDB decompresses what a statement is
    -- about to write before that statement reads, and it would then see none of it.
    with span as materialized (
        select * from unnest(p_sensor_ids, p_from, p_to) as w (sensor_id, from_time, to_time)
    ),
    new as materialized (
        select s as one, s.* from telemetry.slice_of(p_sensor_ids, p_from, p_to) as s where not p_is_raw_gone
        union all
        select s, s.* from telemetry.slice_kept(p_sensor_ids, p_from, p_to) as s where p_is_raw_gone
    ),
    old as materialized (
        select s.*
        from span as p
        cross join lateral (
            select x as one, x.* from telemetry.slice as x
            where x.sensor_id = p.sensor_id and x.time >= p.from_time and x.time < p.to_time
            order by x.time
        ) as s
    ),
    differing as (
        select n.one, o.lot_id as old_lot_id
        from new as n
        left join old as o using (sensor_id, time, run_id, state)
        where o.sensor_id is null
            or (n.role, n.machine_id, n.lot_id, n.reference_id, n.readings, n.flags, n.span_s, n.measured_s,
                n.known_s, n.amount, n.value_s, n.minimum, n.maximum, n.below_s, n.above_s)
            is distinct from
            (o.role, o.machine_id, o.lot_id, o.reference_id, o.readings, o.flags, o.span_s, o.measured_s,
                o.known_s, o.amount, o.value_s, o.minimum, o.maximum, o.below_s, o.above_s)
    )
    select d.new_ones, d.old_lot_ids, g.ones into v_new, v_lots, v_gone
    from (select array_agg(one) as new_ones, array_agg(old_lot_id) as old_lot_ids from differing) as d
    cross join (
        select array_agg(o.one) as ones
        from old as o
        where not exists (
            select from new as n
            where n.sensor_id = o.sensor_id and n.time = o.time and n.run_id = o.run_id and n.state = o.state
        )
    ) as g;

    -- sensors and range are said once more, so that only their batches are decompressed
    if v_gone is not null then
        delete from telemetry.slice as s
        using unnest(v_gone) as o
        where s.sensor_id = any (p_sensor_ids) and s.time >= v_from and s.time < v_to
            and s.sensor_id = o.sensor_id and s.time = o.time and s.run_id = o.run_id and s.state = o.state;
    end if;
    if v_new is not null then
        insert into telemetry.slice as s
        select * from unnest(v_new)
        on conflict (sensor_id, time, run_id, state) do update set
            role = excluded.role, machine_id = excluded.machine_id, lot_id = excluded.lot_id,
            reference_id = excluded.reference_id, readings = excluded.readings, flags = excluded.flags,
            span_s = excluded.span_s, measured_s = excluded.measured_s, known_s = excluded.known_s,
            amount = excluded.amount, value_s = excluded.value_s, minimum = excluded.minimum,
            maximum = excluded.maximum, below_s = excluded.below_s, above_s = excluded.above_s;
    end if;

    return query
    with touched as materialized (
        select time, sensor_id, lot_id from unnest(v_gone)
        union all
        select n.time, n.sensor_id, n.lot_id from unnest(v_new) as n
        union all
        select n.time, n.sensor_id, l.old_lot_id
        from unnest(v_new) with ordinality as n
        join unnest(v_lots) with ordinality as l (old_lot_id, ordinality) using (ordinality)
        where l.old_lot_id is distinct from n.lot_id
    ),
    stale as (
        insert into ops.stale_range (from_time, to_time)
        select min(time), max(time) + interval '15 minutes' from touched
        group by date_bin('1 day', time, 'epoch')
        returning 1
    ),
    judged as (
        insert into analytics.rewritten (sensor_ids, from_time, to_time)
        select array_agg(distinct sensor_id), min(time), max(time) + interval '15 minutes'
        from touched
        group by date_bin('1 day', time, 'epoch')
        returning 1
    ),
    lot as (
        select lot_id, sensor_id from touched where lot_id is not null group by lot_id, sensor_id
    )
    select coalesce(cardinality(v_new), 0), coalesce(cardinality(v_gone), 0),
        (select array_agg(lot_id order by lot_id, sensor_id) from lot),
        (select array_agg(sensor_id order by lot_id, sensor_id) from lot)
    where (select count(*) from stale) >= 0 and (select count(*) from judged) >= 0;
end
$$;
comment on function telemetry.settle_slices(int[], timestamptz[], timestamptz[], boolean) is
'Writes the slices of sensors and ranges that differ from what readings and runs say; returns counts and the lots touched, one entry per lot and sensor';
