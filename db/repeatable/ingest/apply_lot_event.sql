-- What lot events say about a lot as a whole. It is worked out from all its events each time, so
-- that the order in which they arrived does not matter: the earliest event that names a reference
-- decides, and the latest stop that states a quantity. What is declared or corrected stays.
-- Another reference moves energy from one reference to another, so the lot's slices are settled anew.
create or replace function ingest.apply_lot_event(p_lot_ids int[]) returns void
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
declare
    v_lot record;
begin
    update plant.lot set source = 'event' where lot_id = any (p_lot_ids) and source = 'payload';

    for v_lot in
        with said as (
            select
                e.lot_id, (array_agg(e.reference_id order by e.occurred_at, f.code))[1] as reference_id
            from plant.lot_event as e
            join plant.reference as f on f.reference_id = e.reference_id
            where e.lot_id = any (p_lot_ids)
            group by e.lot_id
        )
        update plant.lot as l set reference_id = s.reference_id, reference_source = 'event'
        from said as s
        join plant.lot as o on o.lot_id = s.lot_id
        left join plant.reference as b on b.reference_id = o.reference_id
        join plant.reference as f on f.reference_id = s.reference_id
        where l.lot_id = s.lot_id
            and (l.reference_id is null or l.reference_source <= 'event')
            and (l.reference_id is distinct from s.reference_id or l.reference_source <> 'event')
        returning l.lot_id, l.number, b.code as old_code, f.code as new_code
    loop
        continue when v_lot.old_code is not distinct from v_lot.new_code;
        perform plant.queue_runs(array[v_lot.lot_id], null, format(
            'event: reference of lot %s: %s -> %s', v_lot.number, coalesce(v_lot.old_code, 'none'), v_lot.new_code
        ));
    end loop;

    with said as (
        select
            lot_id,
            (array_agg(good_quantity order by occurred_at desc, good_quantity desc)
                filter (where good_quantity is not null))[1] as good_quantity,
            (array_agg(scrap_quantity order by occurred_at desc, scrap_quantity desc)
                filter (where scrap_quantity is not null))[1] as scrap_quantity
        from plant.lot_event
        where lot_id = any (p_lot_ids) and event = 'stop'
        group by lot_id
    )
    update plant.lot as l set
        good_quantity = case when t.is_good then s.good_quantity else l.good_quantity end,
        good_quantity_source = case when t.is_good then 'event' else l.good_quantity_source end,
        scrap_quantity = case when t.is_scrap then s.scrap_quantity else l.scrap_quantity end,
        scrap_quantity_source = case when t.is_scrap then 'event' else l.scrap_quantity_source end
    from said as s
    join plant.lot as o on o.lot_id = s.lot_id
    cross join lateral (
        select
            s.good_quantity is not null and s.good_quantity is distinct from o.good_quantity
            and (o.good_quantity_source <= 'event' or o.good_quantity is null) as is_good,
            s.scrap_quantity is not null and s.scrap_quantity is distinct from o.scrap_quantity
            and (o.scrap_quantity_source <= 'event' or o.scrap_quantity is null) as is_scrap
    ) as t
    where l.lot_id = s.lot_id and (t.is_good or t.is_scrap);
end
$$;

comment on function ingest.apply_lot_event is
'Brings reference and quantities of lots in line with all their events, whatever order they came in';
