-- Lots that were refused for new_lots_per_hour come back: as many as may be made now, each at most
-- once a minute, and those that somebody made meanwhile. Called last, when the locks of machines are
-- held: rows that another one works on are left to it.
create or replace function plant.retry_refused()
returns int
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
declare
    v_rows int;
begin
    if not exists (select from plant.lot_refused) then
        return 0;
    end if;
    with due as (
        select r.lot
        from plant.lot_refused as r
        where r.refused_at <= now() - interval '1 minute'
            and not exists (select from plant.lot as l where l.number = r.lot)
        group by r.lot
        order by min(r.from_time), r.lot
        limit plant.new_lots_left()
    ),
    gone as (
        delete from plant.lot_refused as r
        where r.ctid = any (array(
            select x.ctid from plant.lot_refused as x
            where x.lot in (select d.lot from due as d) or exists (select from plant.lot as l where l.number = x.lot)
            for update skip locked
        ))
        returning r.machine_id, r.from_time, r.to_time
    )
    insert into telemetry.dirty_run (machine_ids, from_time, to_time, cause)
    select array[g.machine_id], g.from_time, g.to_time, 'claim' from gone as g;
    get diagnostics v_rows = row_count;
    return v_rows;
end
$$;
comment on function plant.retry_refused() is
'Queues again the claims of lots that were refused, where they can be made now; returns how many';
