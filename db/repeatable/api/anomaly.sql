create view api.anomaly as
select
    e.episode_id as anomaly,
    s.code as sensor,
    m.code as machine,
    l.code as line,
    i.code as site,
    e.class,
    e.kind,
    r.name as regime,
    e.opened_at,
    e.closed_at,
    e.last_at,
    e.closed_at is null as is_open,
    e.peak_at,
    e.actual,
    e.expected,
    e.usual_limit,
    s.unit,
    e.score,
    b.version as baseline_version,
    e.energy_kwh,
    e.energy_kwh * c.price as cost,
    e.alerted_at,
    e.verdict,
    v.reason as verdict_reason,
    v.given_at as verdict_at,
    v.given_by as verdict_by
from analytics.episode as e
join plant.sensor as s using (sensor_id)
join plant.site as i using (site_id)
left join plant.machine as m on m.machine_id = s.machine_id
left join plant.line as l on l.line_id = m.line_id
left join analytics.baseline as b using (baseline_id)
left join analytics.regime as r on r.regime = e.regime
left join lateral (
    select x.reason, x.given_at, x.given_by from analytics.verdict as x
    where x.episode_id = e.episode_id order by x.verdict_id desc limit 1
) as v on true
cross join lateral (
    -- what a kWh of this meter cost while it went on
    select case when bool_and(x.cost is not null) then sum(x.cost) / nullif(sum(x.energy_kwh), 0) end as price
    from analytics.slice_cost as x
    where e.energy_kwh is not null and x.energy_kwh is not null and x.sensor_id = e.sensor_id
        and x.time >= date_bin('15 minutes', e.opened_at, 'epoch') and x.time <= e.last_at
) as c;
comment on view api.anomaly is 'What was not normal: episodes of sensors, process anomalies and faults of the sensors themselves';
comment on column api.anomaly.anomaly is 'Number of the episode, as lotwatt anomalies verdict takes it';
comment on column api.anomaly.sensor is 'Sensor';
comment on column api.anomaly.machine is 'Machine';
comment on column api.anomaly.line is 'Line';
comment on column api.anomaly.site is 'Site';
comment on column api.anomaly.class is 'process: what is measured was not normal; sensor: the measuring was not';
comment on column api.anomaly.kind is 'What showed it at its peak: level (last hour against the week before), slow (last day against four weeks), drift (last 6 hours against the day before them); or noise, spike, shift, stuck, out_of_range, silent';
comment on column api.anomaly.regime is 'What the machine was doing: a reference, idle, none (nothing known), or lot without reference';
comment on column api.anomaly.opened_at is 'End of the first quarter-hour over the threshold';
comment on column api.anomaly.closed_at is 'End of the last quarter-hour that was not normal, once nothing followed for the setting anomaly_merge; NULL while open';
comment on column api.anomaly.last_at is 'End of the last quarter-hour that was not normal so far';
comment on column api.anomaly.is_open is 'True while it goes on';
comment on column api.anomaly.peak_at is 'When its score was highest';
comment on column api.anomaly.actual is 'What the sensor showed at the peak: the last hour or day in unit (of a counter, unit per hour); for noise, spike and shift the size of it; for stuck the number of equal readings';
comment on column api.anomaly.expected is 'What was expected then; NULL for a rule without expectation';
comment on column api.anomaly.usual_limit is 'Value from which it counts as an anomaly; for silent, seconds';
comment on column api.anomaly.unit is 'Unit of the sensor';
comment on column api.anomaly.score is 'How rare the peak is: s comes once in 10^s days; NULL for a rule that holds or does not';
comment on column api.anomaly.baseline_version is 'Version of the baseline that judged the peak';
comment on column api.anomaly.energy_kwh is 'Energy at stake, kWh: actual - expected over the quarter-hours in which the level was not usual; NULL for what measures no energy';
comment on column api.anomaly.cost is 'Money at stake: energy_kwh at the mean price of what the meter counted while it went on; NULL where a part of that has no price';
comment on column api.anomaly.alerted_at is 'When it alerted: at its start, and again while it went on';
comment on column api.anomaly.verdict is 'What a person said: real, false, planned-stop; NULL: nothing yet';
comment on column api.anomaly.verdict_reason is 'Why';
comment on column api.anomaly.verdict_at is 'When it was said';
comment on column api.anomaly.verdict_by is 'Who said it';
