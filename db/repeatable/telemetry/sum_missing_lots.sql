-- Lots whose end was known before it came, or that settling never touched. Those of lots that are being settled wait.
create or replace function telemetry.sum_missing_lots(p_limit int default 1000)
returns int
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
declare
    v_lots int[] := array(
        select r.lot_id from plant.lot_run as r
        where not exists (select from telemetry.summed_lot as d where d.lot_id = r.lot_id)
        group by r.lot_id having bool_and(not upper_inf(r.during) and upper(r.during) <= now())
        order by r.lot_id limit p_limit
    );
begin
    perform pg_advisory_xact_lock(1819244152, lane)
    from (select distinct lot_id % 512 as lane from unnest(v_lots) as l (lot_id) order by lane) as lanes;
    return telemetry.sum_lots(v_lots);
end
$$;
comment on function telemetry.sum_missing_lots(int) is
'Adds up lots whose runs are over and that have no sums yet, so many at most; returns how many';
