-- One group of the queue: take it, lock its sensors, make their slices right, log what lots changed.
-- Under read committed each statement sees what was committed before it, so the slices are worked
-- out from all readings whose queue rows were taken here, and from later ones, which queue again.
create or replace function telemetry.settle_group(p_rows int default 500, p_quarters int default 40000)
returns table (taken int, written int, deleted int, requeued int)
language plpgsql volatile
set search_path = pg_catalog, pg_temp
set jit = off
as $$
declare
    v_todo jsonb;
    v_now int[];
    v_sensor_ids int[];
    v_from timestamptz[];
    v_to timestamptz[];
    v_is_gone boolean;
    v_lots int[];
    v_lot_sensors int[];
    v_one record;
    v_taken telemetry.dirty[];
begin
    with candidate as (
        select d.ctid as row_id, d.dirty_id,
            cardinality(d.sensor_ids)::float8 * least(1 + coalesce(date_part('epoch', case
                when isfinite(d.from_time) and isfinite(d.to_time) then d.to_time - d.from_time end), 9e8) / 900, 192) as size
        from telemetry.dirty as d
        order by d.dirty_id limit p_rows for update skip locked
    ),
    sized as (
        select row_id, sum(size) over (order by dirty_id) - size as before from candidate
    ),
    gone as (
        delete from telemetry.dirty as d
        where d.ctid = any (array(select row_id from sized where before < p_quarters))
        returning d as one
    )
    select array_agg(one) into v_taken from gone;
    taken := coalesce(cardinality(v_taken), 0);
    written := 0;
    deleted := 0;
    requeued := 0;
    if taken = 0 then
        -- nothing waits: what was worked out for the first time is done, and changes count from here
        update telemetry.lot_figure as f set is_provisional = false
        where f.lot_id in (
            select x.lot_id from telemetry.lot_figure as x where x.is_provisional for update skip locked
        ) and not exists (select from telemetry.dirty);
        return next;
        return;
    end if;

    perform pg_advisory_xact_lock(1819244151, lane)
    from (
        select distinct sensor_id % 512 as lane
        from unnest(v_taken) as d cross join lateral unnest(d.sensor_ids) as s (sensor_id)
        order by lane
    ) as lanes;

    for v_one in
        with change as (
            select array_agg(s.sensor_id) as sensor_ids, array_agg(d.from_time) as from_times,
                array_agg(d.to_time) as to_times
            from unnest(v_taken) as d cross join lateral unnest(d.sensor_ids) as s (sensor_id)
            where not d.is_window
        ),
        wide as (
            select w.sensor_id, tstzrange(w.from_time, w.to_time) as span
            from change as c
            cross join lateral telemetry.window_of(c.sensor_ids, c.from_times, c.to_times) as w
            union all
            -- a range that was put back is as wide as it has to be: widening it again would never end
            select s.sensor_id, tstzrange(d.from_time, d.to_time)
            from unnest(v_taken) as d cross join lateral unnest(d.sensor_ids) as s (sensor_id)
            where d.is_window
        ),
        reach as (
            select m.sensor_id, lower(m.part) as from_time, upper(m.part) as to_time,
                case when h.raw_from > '-infinity' then telemetry.exact_from(m.sensor_id) else '-infinity' end as exact_from
            from (
                select sensor_id, unnest(range_agg(span)) as part from wide group by sensor_id
            ) as m
            cross join telemetry.horizon as h
        ),
        part as (
            select sensor_id, from_time, least(to_time, exact_from) as to_time, true as is_gone
            from reach where from_time < exact_from
            union all
            select sensor_id, greatest(from_time, exact_from), to_time, false
            from reach where to_time > exact_from
        ),
        -- long ranges go in blocks of two days, so that one group stays within its budget
        block as (
            select p.sensor_id, p.is_gone, greatest(p.from_time, b.block) as from_time,
                least(p.to_time, b.block + interval '2 days') as to_time
            from part as p
            cross join lateral generate_series(
                date_bin('2 days', p.from_time, 'epoch'), p.to_time - interval '1 microsecond', interval '2 days'
            ) as b (block)
        ),
        turn as (
            select *, sum(date_part('epoch', to_time - from_time) / 900) over (
                order by from_time, sensor_id, is_gone
            ) - date_part('epoch', to_time - from_time) / 900 as before
            from block
        )
        select before < p_quarters as is_now, is_gone, array_agg(sensor_id order by sensor_id, from_time) as sensor_ids,
            array_agg(from_time order by sensor_id, from_time) as from_times,
            array_agg(to_time order by sensor_id, from_time) as to_times
        from turn
        group by 1, 2
    loop
        if v_one.is_now then
            select s.written + settle_group.written, s.deleted + settle_group.deleted,
                v_lots || s.lot_ids, v_lot_sensors || s.lot_sensor_ids
            into written, deleted, v_lots, v_lot_sensors
            from telemetry.settle_slices(v_one.sensor_ids, v_one.from_times, v_one.to_times, v_one.is_gone) as s;
        else
            insert into telemetry.dirty (sensor_ids, from_time, to_time, is_window, cause)
            select array_agg(w.sensor_id), w.from_time, w.to_time, true,
                (select string_agg(distinct d.cause, '; ') from unnest(v_taken) as d)
            from unnest(v_one.sensor_ids, v_one.from_times, v_one.to_times) as w (sensor_id, from_time, to_time)
            group by w.from_time, w.to_time;
            requeued := requeued + cardinality(v_one.sensor_ids);
        end if;
    end loop;

    -- who settles another sensor of the same lot waits, and then sees the slices written here
    perform pg_advisory_xact_lock(1819244152, lane)
    from (select distinct lot_id % 512 as lane from unnest(v_lots) as l (lot_id) order by lane) as lanes;
    perform telemetry.sum_lots(v_lots);
    perform telemetry.log_lots(v_lots, v_lot_sensors, v_taken);
    return next;
end
$$;
comment on function telemetry.settle_group(int, int) is
'Settles one group of the queue within the caller''s transaction; returns rows taken, slices written and deleted, ranges put back';
