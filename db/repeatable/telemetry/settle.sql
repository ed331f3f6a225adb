-- The work of one tick: runs first, as slices depend on them, then one group of slices. A group that
-- fails is taken apart until the sensor at fault stands alone and is parked; it stops nobody else.
create or replace function telemetry.settle(p_rows int default 500, p_quarters int default 40000)
returns table (taken int, written int, deleted int, requeued int, parked int)
language plpgsql volatile
set search_path = pg_catalog, pg_temp
set jit = off
as $$
declare
    v_reason text;
    v_row telemetry.dirty;
    v_runs int;
    v_rows int;
begin
    v_runs := plant.settle_runs();
    parked := 0;
    -- the whole group; where that fails its first row alone
    foreach v_rows in array array[p_rows, 1] loop
        begin
            select g.taken + v_runs, g.written, g.deleted, g.requeued into taken, written, deleted, requeued
            from telemetry.settle_group(v_rows, p_quarters) as g;
            return next;
            return;
        exception
            when serialization_failure or deadlock_detected or lock_not_available or query_canceled
                or admin_shutdown or out_of_memory or disk_full then
                raise;
            when others then
                v_reason := sqlerrm;
        end;
    end loop;
    taken := 1;
    written := 0;
    deleted := 0;
    requeued := 0;
    delete from telemetry.dirty as d
    where d.ctid = any (array(
        select x.ctid from telemetry.dirty as x order by x.dirty_id limit 1 for update skip locked
    ))
    returning d.* into v_row;
    if cardinality(v_row.sensor_ids) > 1 then
        insert into telemetry.dirty (sensor_ids, from_time, to_time, is_window, cause)
        values
        (v_row.sensor_ids[:cardinality(v_row.sensor_ids) / 2], v_row.from_time, v_row.to_time, v_row.is_window, v_row.cause),
        (v_row.sensor_ids[cardinality(v_row.sensor_ids) / 2 + 1:], v_row.from_time, v_row.to_time, v_row.is_window, v_row.cause);
        requeued := 2;
    elsif v_row.sensor_ids is not null then
        insert into telemetry.parked (sensor_ids, from_time, to_time, cause, reason)
        values (v_row.sensor_ids, v_row.from_time, v_row.to_time, v_row.cause, v_reason);
        parked := 1;
    end if;
    return next;
end
$$;
comment on function telemetry.settle(int, int) is
'Settles runs and one group of slices; call it, each time in its own transaction, until taken is 0';
