create view api.episode as
select
    a.*,
    case
        when a.score is null then 'fault'
        when a.score < 2.5 then 'low'
        when a.score < 3.5 then 'medium'
        else 'high'
    end as severity,
    a.actual - a.expected as excess,
    case when s.kind in ('counter', 'amount') and a.kind in ('level', 'slow', 'drift') then a.unit || '/h' else a.unit end as measured_in,
    date_part('epoch', a.last_at - a.opened_at) as duration_s,
    cardinality(a.alerted_at) as alerts,
    a.alerted_at[cardinality(a.alerted_at)] as last_alert_at,
    case
        when not a.is_open then 'closed'
        when a.verdict in ('false', 'planned-stop') then 'silenced'
        else 'alerting'
    end as alert_state,
    a.opened_at - interval '1 day' as page_from,
    a.last_at + interval '1 day' as page_to
from api.anomaly as a
join plant.sensor as s on s.code = a.sensor;
comment on view api.episode is 'Anomalies as a person looks at them: with severity, excess, state of the alert, and the time around each';
comment on column api.episode.anomaly is 'Number of the episode, as lotwatt anomalies verdict takes it';
comment on column api.episode.sensor is 'Sensor';
comment on column api.episode.machine is 'Machine';
comment on column api.episode.line is 'Line';
comment on column api.episode.site is 'Site';
comment on column api.episode.class is 'process: what is measured was not normal; sensor: the measuring was not';
comment on column api.episode.kind is 'What showed it at its peak: level (last hour against the week before), slow (last day against four weeks), drift (last 6 hours against the day before them); or noise, spike, shift, stuck, out_of_range, silent';
comment on column api.episode.regime is 'What the machine was doing: a reference, idle, none (nothing known), or lot without reference';
comment on column api.episode.opened_at is 'End of the first quarter-hour over the threshold';
comment on column api.episode.closed_at is 'End of the last quarter-hour that was not normal, once nothing followed for the setting anomaly_merge; NULL while open';
comment on column api.episode.last_at is 'End of the last quarter-hour that was not normal so far';
comment on column api.episode.is_open is 'True while it goes on';
comment on column api.episode.peak_at is 'When its score was highest';
comment on column api.episode.actual is 'What the sensor showed at the peak: the last hour or day in unit (of a counter, unit per hour); for noise, spike and shift the size of it; for stuck the number of equal readings';
comment on column api.episode.expected is 'What was expected then; NULL for a rule without expectation';
comment on column api.episode.usual_limit is 'Value from which it counts as an anomaly; for silent, seconds';
comment on column api.episode.unit is 'Unit of the sensor';
comment on column api.episode.score is 'How rare the peak is: s comes once in 10^s days; NULL for a rule that holds or does not';
comment on column api.episode.baseline_version is 'Version of the baseline that judged the peak';
comment on column api.episode.energy_kwh is 'Energy at stake, kWh: actual - expected over the quarter-hours in which the level was not usual; NULL for what measures no energy';
comment on column api.episode.cost is 'Money at stake: energy_kwh at the mean price of what the meter counted while it went on; NULL where a part of that has no price';
comment on column api.episode.alerted_at is 'When it alerted: at its start, and again while it went on';
comment on column api.episode.verdict is 'What a person said: real, false, planned-stop; NULL: nothing yet';
comment on column api.episode.verdict_reason is 'Why';
comment on column api.episode.verdict_at is 'When it was said';
comment on column api.episode.verdict_by is 'Who said it';
comment on column api.episode.severity is 'low, medium (score from 2.5: once in 316 days), high (from 3.5: once in 9 years), or fault: a rule that holds or does not';
comment on column api.episode.excess is 'actual - expected at the peak, in unit; NULL for a rule without expectation';
comment on column api.episode.measured_in is 'Unit of actual, expected, usual_limit and excess: of the level of a counter, unit per hour';
comment on column api.episode.duration_s is 'Seconds from the first to the last quarter-hour that was not normal';
comment on column api.episode.alerts is 'How often it alerted';
comment on column api.episode.last_alert_at is 'When it alerted last';
comment on column api.episode.alert_state is 'alerting: it goes on; silenced: it goes on, and a person called it false or a planned stop; closed';
comment on column api.episode.page_from is 'A day before it opened';
comment on column api.episode.page_to is 'A day after its last quarter-hour that was not normal';
