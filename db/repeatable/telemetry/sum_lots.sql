-- The caller holds the locks of the lots, or nobody may be settling them.
create or replace function telemetry.sum_lots(p_lot_ids int[])
returns int
language plpgsql volatile
set search_path = pg_catalog, pg_temp
set jit = off
as $$
declare
    v_lots int;
begin
    -- a lot under way changes every minute: its sums are not kept
    delete from telemetry.summed_lot as d where d.lot_id = any (p_lot_ids);
    delete from telemetry.lot_sum as d where d.lot_id = any (p_lot_ids);
    insert into telemetry.summed_lot (lot_id)
    select r.lot_id from plant.lot_run as r
    where r.lot_id = any (p_lot_ids)
    group by r.lot_id having bool_and(not upper_inf(r.during) and upper(r.during) <= now());
    get diagnostics v_lots = row_count;
    insert into telemetry.lot_sum (
        lot_id, run_id, sensor_id, role, machine_id, amount, value_s, measured_s, known_s, minimum, maximum, below_s, above_s, flags
    )
    select s.*
    from telemetry.summed_lot as d
    join telemetry.lot_slice as s using (lot_id)
    where d.lot_id = any (p_lot_ids);
    return v_lots;
end
$$;
comment on function telemetry.sum_lots(int[]) is
'Adds up the slices of those of these lots whose runs are over, and forgets the sums of the others; returns how many it added up';
