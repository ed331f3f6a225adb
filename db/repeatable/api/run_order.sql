create view api.run_order as
select
    o.source,
    o.key,
    l.number as lot,
    f.code as reference,
    m.code as machine,
    p.code as operator,
    lower(o.during) as started_at,
    upper(o.during) as finished_at,
    o.planned_quantity,
    o.good_quantity,
    o.scrap_quantity,
    case
        when o.is_withdrawn then 'withdrawn'
        when exists (
            select from ingest.order_span as a
            join ingest.order_span as b on b.machine_id = a.machine_id and b.lot_id <> a.lot_id and b.during && a.during
            where a.source = o.source and a.key = o.key
        ) then 'in conflict'
        when exists (
            select from plant.lot_run as r
            where r.machine_id = o.machine_id and r.lot_id = o.lot_id and r.during && o.during and r.source = 'declared'
        ) then 'in use'
        else 'overruled'
    end as state,
    o.first_at,
    o.last_at
from ingest.run_order as o
join plant.lot as l using (lot_id)
join plant.machine as m on m.machine_id = o.machine_id
left join plant.reference as f on f.reference_id = o.reference_id
left join plant.operator as p on p.operator_id = o.operator_id;
comment on view api.run_order is 'Orders as lists of files and APIs say them: which lot ran on which machine, from when to when';
comment on column api.run_order.source is 'The list: api:NAME or orders:FILE';
comment on column api.run_order.key is 'What the list calls the order; where it does not, lot, machine and start';
comment on column api.run_order.lot is 'Number of the lot';
comment on column api.run_order.reference is 'Reference that the order names; NULL: none';
comment on column api.run_order.machine is 'Machine';
comment on column api.run_order.operator is 'Operator that the order names; NULL: none';
comment on column api.run_order.started_at is 'Start';
comment on column api.run_order.finished_at is 'End; NULL: it goes on, at most until the next order of the machine starts';
comment on column api.run_order.planned_quantity is 'Planned quantity, in units of the reference; NULL: not said';
comment on column api.run_order.good_quantity is 'Good units; NULL: not said';
comment on column api.run_order.scrap_quantity is 'Scrap units; NULL: not said';
comment on column api.run_order.state is
'in use; in conflict: another order claims some of its time for another lot, and neither gets that; overruled by a stronger word; withdrawn: no longer in its list';
comment on column api.run_order.first_at is 'When it was first read';
comment on column api.run_order.last_at is 'When it was last read';
