-- What orders say of a lot as a whole: its reference and quantities. Where they differ, nobody guesses: the lot has none
-- then, and api.conflict shows it. A list says quantities of a lot, the same in each of its rows, or of a row, to be
-- added up; a sum with a row that says nothing yet is not known.
create or replace function ingest.apply_order_lots(p_lot_ids int[]) returns void
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
declare
    v_lot record;
begin
    for v_lot in
        select l.number,
            count(f.code) > 0 as has_reference,
            case when min(f.code) = max(f.code) then min(f.code) end as reference,
            count(o.planned_quantity) > 0 as has_planned,
            case
                when bool_and(o.is_per_row) then case when bool_and(o.planned_quantity is not null) then sum(o.planned_quantity) end
                when min(o.planned_quantity) = max(o.planned_quantity) then min(o.planned_quantity)
            end as planned_quantity,
            count(o.good_quantity) > 0 as has_good,
            case
                when bool_and(o.is_per_row) then case when bool_and(o.good_quantity is not null) then sum(o.good_quantity) end
                when min(o.good_quantity) = max(o.good_quantity) then min(o.good_quantity)
            end as good_quantity,
            count(o.scrap_quantity) > 0 as has_scrap,
            case
                when bool_and(o.is_per_row) then case when bool_and(o.scrap_quantity is not null) then sum(o.scrap_quantity) end
                when min(o.scrap_quantity) = max(o.scrap_quantity) then min(o.scrap_quantity)
            end as scrap_quantity
        from ingest.run_order as o
        join plant.lot as l using (lot_id)
        left join plant.reference as f on f.reference_id = o.reference_id
        where o.lot_id = any (p_lot_ids) and not o.is_withdrawn
        group by l.lot_id, l.number
        order by l.number
    loop
        perform plant.apply_lot(
            jsonb_build_object('number', v_lot.number)
            || case when v_lot.has_reference then jsonb_build_object('reference', v_lot.reference) else '{}' end
            || case when v_lot.has_planned then jsonb_build_object('planned_quantity', v_lot.planned_quantity) else '{}' end
            || case when v_lot.has_good then jsonb_build_object('good_quantity', v_lot.good_quantity) else '{}' end
            || case when v_lot.has_scrap then jsonb_build_object('scrap_quantity', v_lot.scrap_quantity) else '{}' end
        );
    end loop;
end
$$;

comment on function ingest.apply_order_lots is
'Brings reference and quantities of lots in line with all orders that stand, whatever order they were read in';
