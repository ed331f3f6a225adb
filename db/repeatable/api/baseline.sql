create view api.baseline as
select
    s.code as sensor,
    m.code as machine,
    r.name as regime,
    b.feature,
    b.version,
    b.valid_from,
    nullif(b.valid_to, 'infinity') as valid_to,
    b.history_from,
    b.hours,
    b.reason is null as is_used,
    b.reason,
    b.centre,
    b.usual as usual_distance,
    b.excess as mean_excess,
    b.clusters_per_day,
    b.usual_below as usual_distance_below,
    b.excess_below as mean_excess_below,
    b.clusters_per_day_below,
    b.least as least_distance,
    case cardinality(b.profile) when 24 then 'day' when 168 then 'week' end as profile_period,
    b.profile,
    b.profile_gain,
    b.noise,
    b.autocorrelation,
    s.unit,
    b.fitted_at
from analytics.baseline as b
join plant.sensor as s using (sensor_id)
left join plant.machine as m on m.machine_id = s.machine_id
left join analytics.regime as r on r.regime = b.regime;
comment on view api.baseline is 'What is normal for each sensor, regime and feature, in versions; where there is no baseline, reason says why';
comment on column api.baseline.sensor is 'Sensor';
comment on column api.baseline.machine is 'Machine';
comment on column api.baseline.regime is 'What the machine was doing: a reference, idle, none (nothing known), or lot without reference';
comment on column api.baseline.feature is 'level, slow, drift (process); noise, spike, shift, stuck, silent (faults of the sensor)';
comment on column api.baseline.version is 'Number of this fit, from 1';
comment on column api.baseline.valid_from is 'It judges what comes after this instant, and was fitted to what came before it';
comment on column api.baseline.valid_to is 'Until the next version; NULL for the newest';
comment on column api.baseline.history_from is 'Where the history that it was fitted to begins at the earliest';
comment on column api.baseline.hours is 'Hours of the regime that it was fitted to';
comment on column api.baseline.is_used is 'True where it judges';
comment on column api.baseline.reason is 'Why it does not judge; NULL where it does';
comment on column api.baseline.centre is 'Median of the feature; for stuck the longest healthy run of equal readings';
comment on column api.baseline.usual_distance is 'Distance from the centre that 95 of 100 hours keep within, raised where history went beyond the limit too often; for stuck the number of equal readings, for silent the seconds, from which it is a fault';
comment on column api.baseline.mean_excess is 'Mean of the highest distance of each cluster of hours beyond that, less the usual distance; at least a third of it, and raised where few were seen';
comment on column api.baseline.clusters_per_day is 'How often a day such clusters come';
comment on column api.baseline.usual_distance_below is 'usual_distance of what goes below the centre, where level, slow and drift have a limit of its own; NULL for other features';
comment on column api.baseline.mean_excess_below is 'mean_excess of what goes below the centre';
comment on column api.baseline.clusters_per_day_below is 'clusters_per_day of what goes below the centre';
comment on column api.baseline.least_distance is 'Distance below which nothing is a fault, however rare: eight times the noise, or twice for noise itself';
comment on column api.baseline.profile_period is 'day or week where a profile by the hour lowers the error on days not seen; else NULL';
comment on column api.baseline.profile is 'What each hour of the day, or of the week from Monday, adds in plant time; NULL for one never seen, which is not judged';
comment on column api.baseline.profile_gain is 'Share by which a profile lowers the mean error on days not seen; one is used from 0.1';
comment on column api.baseline.noise is 'Standard deviation of a reading around its neighbours: median of the hours';
comment on column api.baseline.autocorrelation is 'Share of an hour''s distance from the centre that is left in the next hour';
comment on column api.baseline.unit is 'Unit of the sensor, and of what is measured in it';
comment on column api.baseline.fitted_at is 'When it was worked out';
