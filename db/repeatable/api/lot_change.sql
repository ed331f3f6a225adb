create view api.lot_change as
select
    c.changed_at as time,
    t.number as lot,
    c.figure,
    c.old_value,
    c.new_value,
    c.cause
from telemetry.lot_change as c
join plant.lot as t using (lot_id);
comment on view api.lot_change is 'Why did this number change? Figures of closed lots that moved, and what moved them';
comment on column api.lot_change.time is 'When it changed';
comment on column api.lot_change.lot is 'Lot';
comment on column api.lot_change.figure is 'energy_kwh or temperature_c_mean';
comment on column api.lot_change.old_value is 'Before; NULL: not known then';
comment on column api.lot_change.new_value is 'After; NULL: not known any more';
comment on column api.lot_change.cause is 'What was corrected, moved or arrived late';
