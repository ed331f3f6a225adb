create view api.sensor as
select
    s.code as sensor,
    si.code as site,
    l.code as line,
    m.code as machine,
    s.kind::text as kind,
    s.role::text as role,
    s.quantity,
    s.carrier,
    s.unit,
    s.topic,
    p.code as parent,
    s.location,
    s.type,
    s.installed_on,
    s.is_enabled,
    s.sampling_interval,
    s.max_gap,
    r.time as last_seen_at,
    r.value * s.scale + s.value_offset as last_value,
    date_part('epoch', now() - r.time) as silent_s,
    r.time is null or now() - r.time > coalesce(s.max_gap, 3 * s.sampling_interval) as is_silent
from plant.sensor as s
join plant.site as si using (site_id)
left join plant.machine as m using (machine_id)
left join plant.line as l using (line_id)
left join plant.sensor as p on p.sensor_id = s.parent_id
left join lateral (
    select x.time, x.value from telemetry.reading as x
    where x.sensor_id = s.sensor_id and not x.is_struck
    order by x.time desc limit 1
) as r on true;
comment on view api.sensor is 'Sensors with where they are, what they measure and what they said last';
comment on column api.sensor.sensor is 'Short name of the sensor, unique in the plant';
comment on column api.sensor.site is 'Site of the sensor';
comment on column api.sensor.line is 'Production line; NULL for a meter of the whole site';
comment on column api.sensor.machine is 'Machine; NULL for a meter of the whole site';
comment on column api.sensor.kind is 'counter, amount, power, gauge or state: how readings become figures';
comment on column api.sensor.role is 'What it is used for: main_energy, check_energy, output, process_temperature, setpoint or other';
comment on column api.sensor.quantity is 'What is measured: energy, temperature, pieces ...';
comment on column api.sensor.carrier is 'Energy carrier, such as electricity or gas';
comment on column api.sensor.unit is 'Unit of the values here, after scale and offset';
comment on column api.sensor.topic is 'MQTT topic, with /field for a value inside a larger message';
comment on column api.sensor.parent is 'The meter above this one';
comment on column api.sensor.location is 'Where it is mounted';
comment on column api.sensor.type is 'Make and model';
comment on column api.sensor.installed_on is 'Day of installation';
comment on column api.sensor.is_enabled is 'False: its readings are dropped';
comment on column api.sensor.sampling_interval is 'How often it should speak';
comment on column api.sensor.max_gap is 'Readings further apart leave the time between them unmeasured';
comment on column api.sensor.last_seen_at is 'Time of its last reading';
comment on column api.sensor.last_value is 'Value of its last reading, in unit';
comment on column api.sensor.silent_s is 'Seconds since its last reading';
comment on column api.sensor.is_silent is 'True where it has been silent for longer than max_gap, or never spoke';
