create view api.anomaly_sensor as
select
    s.code as sensor,
    m.code as machine,
    l.code as line,
    count(e.episode_id) as episodes,
    count(e.episode_id) filter (where e.closed_at is null) as open_episodes,
    max(e.last_at) as last_at
from plant.sensor as s
left join plant.machine as m using (machine_id)
left join plant.line as l using (line_id)
left join analytics.episode as e using (sensor_id)
where s.kind <> 'state'
group by s.sensor_id, s.code, m.code, l.code;
comment on view api.anomaly_sensor is 'Sensors with how many anomalies each had';
comment on column api.anomaly_sensor.sensor is 'Sensor';
comment on column api.anomaly_sensor.machine is 'Machine';
comment on column api.anomaly_sensor.line is 'Line';
comment on column api.anomaly_sensor.episodes is 'Episodes, open and past';
comment on column api.anomaly_sensor.open_episodes is 'Episodes that go on';
comment on column api.anomaly_sensor.last_at is 'When it was last not normal; NULL: never';
