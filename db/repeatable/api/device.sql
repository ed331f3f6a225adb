create view api.device as
select
    d.topic as device,
    m.code as machine,
    l.code as line,
    s.is_online,
    b.since,
    s.time as said_at,
    r.last_reading_at
from ingest.device as d
join lateral (
    select x.time, x.is_online from ingest.device_status as x
    where x.topic = d.topic order by x.time desc limit 1
) as s on true
cross join lateral (
    select min(x.time) as since from ingest.device_status as x
    where x.topic = d.topic and x.time > coalesce((
        select y.time from ingest.device_status as y
        where y.topic = d.topic and y.is_online <> s.is_online order by y.time desc limit 1
    ), '-infinity')
) as b
left join lateral (
    select x.code, x.line_id from plant.machine as x
    where d.topic = x.topic or starts_with(d.topic, x.topic || '/')
    order by length(x.topic) desc limit 1
) as m on true
left join plant.line as l using (line_id)
left join lateral (
    select max(v.time) as last_reading_at
    from plant.sensor as n
    cross join lateral (
        select y.time from telemetry.reading as y
        where y.sensor_id = n.sensor_id and not y.is_struck order by y.time desc limit 1
    ) as v
    where starts_with(n.topic, d.topic || '/')
) as r on true;
comment on view api.device is 'Devices that publish their status, and whether they are online';
comment on column api.device.device is 'MQTT topic of the device; it says on <topic>/status whether it is online';
comment on column api.device.machine is 'Machine under whose topic it lies; NULL where none';
comment on column api.device.line is 'Line of that machine';
comment on column api.device.is_online is 'What it said last, by the time of saying';
comment on column api.device.since is 'Since when it has said nothing else';
comment on column api.device.said_at is 'When it last said so';
comment on column api.device.last_reading_at is 'Time of the last reading of the sensors under its topic';
