create view api.reading as
select
    r.time,
    s.code as sensor,
    s.quantity,
    s.unit,
    r.value * s.scale + s.value_offset as value,
    m.code as machine,
    t.number as lot,
    f.code as reference,
    o.code as operator,
    r.is_struck,
    c.lot as claimed_lot,
    r.received_at
from telemetry.reading as r
join plant.sensor as s using (sensor_id)
left join plant.machine as m on m.machine_id = s.machine_id
left join plant.lot_run as n on n.machine_id = s.machine_id and n.during @> r.time
left join plant.lot as t on t.lot_id = n.lot_id
left join plant.reference as f on f.reference_id = t.reference_id
left join plant.operator as o on o.operator_id = n.operator_id
left join telemetry.claim as c on c.claim_id = r.claim_id;
comment on view api.reading is 'Readings with the machine, lot, reference and operator that they belong to';
comment on column api.reading.time is 'When it was measured';
comment on column api.reading.sensor is 'Sensor';
comment on column api.reading.quantity is 'What was measured';
comment on column api.reading.unit is 'Unit of value';
comment on column api.reading.value is 'Measured value, after scale and offset, in unit';
comment on column api.reading.machine is 'Machine of the sensor';
comment on column api.reading.lot is 'Lot that ran on the machine then; NULL where none did';
comment on column api.reading.reference is 'Product of that lot';
comment on column api.reading.operator is 'Who ran it';
comment on column api.reading.is_struck is 'True: known to be wrong and left out of every figure';
comment on column api.reading.claimed_lot is 'Lot that the message itself claimed; attribution is by runs, see api.conflict';
comment on column api.reading.received_at is 'When it arrived';
