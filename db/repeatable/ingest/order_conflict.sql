create or replace view ingest.order_conflict as
select 'two orders at once' as conflict, lower(x.during) as time, upper(x.during) as finished_at, m.code as machine,
    least(la.number, lb.number) || ', ' || greatest(la.number, lb.number) as lot,
    format('orders %s of %s and %s of %s; neither gets the time', a.key, a.source, b.key, b.source) as detail
from ingest.order_span as a
join ingest.order_span as b on b.machine_id = a.machine_id and (b.source, b.key) > (a.source, a.key)
    and b.lot_id <> a.lot_id and b.during && a.during
cross join lateral (select a.during * b.during as during) as x
join plant.machine as m on m.machine_id = a.machine_id
join plant.lot as la on la.lot_id = a.lot_id
join plant.lot as lb on lb.lot_id = b.lot_id
union all
select 'orders of one lot differ', null, null, null, l.number,
    format('its orders say different %s; it has none', concat_ws(
        ', ', case when min(o.reference_id) <> max(o.reference_id) then 'references' end,
        case when min(o.planned_quantity) <> max(o.planned_quantity) and not bool_and(o.is_per_row) then 'planned quantities' end,
        case when min(o.good_quantity) <> max(o.good_quantity) and not bool_and(o.is_per_row) then 'good quantities' end,
        case when min(o.scrap_quantity) <> max(o.scrap_quantity) and not bool_and(o.is_per_row) then 'scrap quantities' end
    ))
from ingest.run_order as o
join plant.lot as l using (lot_id)
where not o.is_withdrawn
group by l.lot_id, l.number
having min(o.reference_id) <> max(o.reference_id) or not bool_and(o.is_per_row) and (
    min(o.planned_quantity) <> max(o.planned_quantity) or min(o.good_quantity) <> max(o.good_quantity)
    or min(o.scrap_quantity) <> max(o.scrap_quantity)
);
comment on view ingest.order_conflict is 'Orders that contradict each other: shown in api.conflict, and nobody gets what is contested';
