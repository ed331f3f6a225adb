-- Which time an order takes on its machine: to its end, or as long as it has none up to the next order that starts
-- there, as a start ends what ran before it.
create or replace view ingest.order_span as
select
    o.source,
    o.key,
    o.machine_id,
    o.lot_id,
    o.operator_id,
    case
        when not upper_inf(o.during) then o.during
        else tstzrange(lower(o.during), (
            select min(lower(n.during)) from ingest.run_order as n
            where n.machine_id = o.machine_id and not n.is_withdrawn and lower(n.during) > lower(o.during)
        ))
    end as during
from ingest.run_order as o
where not o.is_withdrawn;
comment on view ingest.order_span is 'Orders that stand, each with the time that it takes on its machine';
