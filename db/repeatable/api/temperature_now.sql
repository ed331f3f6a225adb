-- A reading older than a week is not looked for: the last value of a sensor costs one look at the newest chunk.
create view api.temperature_now as
select
    s.code as sensor,
    m.code as machine,
    l.code as line,
    s.role::text as role,
    t.number as lot,
    f.code as reference,
    r.time as last_seen_at,
    date_part('epoch', now() - r.time) as age_s,
    r.value * s.scale + s.value_offset as value,
    b.minimum,
    b.maximum,
    b.band_of,
    s.unit,
    case
        when r.time is null or now() - r.time > s.max_gap then 'silent'
        when r.value * s.scale + s.value_offset < b.minimum then 'below'
        when r.value * s.scale + s.value_offset > b.maximum then 'above'
        when b.band_of is not null then 'within'
        else 'no band'
    end as judgement
from plant.sensor as s
left join plant.machine as m using (machine_id)
left join plant.line as l using (line_id)
left join plant.lot_run as n on n.machine_id = s.machine_id and n.during @> now()
left join plant.lot as t using (lot_id)
left join plant.reference as f on f.reference_id = t.reference_id
left join lateral (
    select x.time, x.value from telemetry.reading as x
    where x.sensor_id = s.sensor_id and not x.is_struck and x.time > now() - interval '7 days'
    order by x.time desc limit 1
) as r on true
cross join lateral (
    select case
        when s.role = 'process_temperature' and coalesce(f.temperature_minimum_c, f.temperature_maximum_c) is not null
            then 'reference'
        when coalesce(s.minimum, s.maximum) is not null then 'sensor'
    end as band_of
) as w
cross join lateral (
    select w.band_of,
        case w.band_of when 'reference' then f.temperature_minimum_c when 'sensor' then s.minimum end as minimum,
        case w.band_of when 'reference' then f.temperature_maximum_c when 'sensor' then s.maximum end as maximum
) as b
where s.quantity = 'temperature' and s.kind = 'gauge' and s.is_enabled;
comment on view api.temperature_now is 'Every thermometer now: its last value, how old that is, and whether it lies in its band';
comment on column api.temperature_now.sensor is 'Sensor';
comment on column api.temperature_now.machine is 'Machine';
comment on column api.temperature_now.line is 'Line';
comment on column api.temperature_now.role is 'process_temperature, setpoint or other';
comment on column api.temperature_now.lot is 'Lot that runs on the machine now';
comment on column api.temperature_now.reference is 'Product of that lot';
comment on column api.temperature_now.last_seen_at is 'Time of the last reading; NULL: none within a week';
comment on column api.temperature_now.age_s is 'Seconds since the last reading';
comment on column api.temperature_now.value is 'Last value, in unit';
comment on column api.temperature_now.minimum is 'Lower end of the band, in unit; NULL: it has none';
comment on column api.temperature_now.maximum is 'Upper end of the band, in unit; NULL: it has none';
comment on column api.temperature_now.band_of is 'reference: the band of what runs now, of a process temperature; sensor: the range of the sensor; NULL: neither';
comment on column api.temperature_now.unit is 'Unit of the sensor';
comment on column api.temperature_now.judgement is 'silent (for longer than max_gap), below, above, within, or no band';
