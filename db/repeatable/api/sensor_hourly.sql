create view api.sensor_hourly as
select
    h.bucket as time,
    s.code as sensor,
    m.code as machine,
    s.quantity,
    s.unit,
    sum(h.amount) as amount,
    sum(h.value_s) / nullif(sum(h.measured_s), 0) as mean,
    min(h.minimum) as minimum,
    max(h.maximum) as maximum,
    sum(h.measured_s) / 3600 as coverage
from telemetry.sensor_hourly as h
join plant.sensor as s using (sensor_id)
left join plant.machine as m on m.machine_id = s.machine_id
group by h.bucket, s.sensor_id, s.code, m.code, s.quantity, s.unit;
comment on view api.sensor_hourly is 'Each sensor by hour (UTC): amount, mean, extremes, coverage';
comment on column api.sensor_hourly.time is 'Start of the hour';
comment on column api.sensor_hourly.sensor is 'Sensor';
comment on column api.sensor_hourly.machine is 'Machine';
comment on column api.sensor_hourly.quantity is 'What is measured';
comment on column api.sensor_hourly.unit is 'Unit of mean and extremes';
comment on column api.sensor_hourly.amount is 'kWh of a meter, units of a counter; NULL where not known';
comment on column api.sensor_hourly.mean is 'Time-weighted mean, in unit';
comment on column api.sensor_hourly.minimum is 'Lowest observed, in unit';
comment on column api.sensor_hourly.maximum is 'Highest observed, in unit';
comment on column api.sensor_hourly.coverage is 'Share of the hour that was measured';
