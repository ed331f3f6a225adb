-- lotwatt: plain
-- What is normal for a sensor, what was not, and what a person said of it.
insert into ops.setting (name, value, description) values
('anomaly_threshold', '1.5', 'Score from which a process anomaly opens; a score of s comes once in 10^s days: 1.5 is once in 32 days for each of level, slow and drift, which partly go together'),
('sensor_fault_threshold', '2.5', 'Score from which noise, spikes and shifts of a sensor count as its fault; 2.5 is once in 316 days'),
('anomaly_merge', '12 hours', 'Anomalies of a sensor that lie closer together than this are one episode'),
('anomaly_reminder', '24 hours', 'An open episode alerts again after this, and before it only where its score has doubled'),
('baseline_history', '90 days', 'History that a baseline is fitted to'),
('baseline_minimum_hours', '72', 'Hours of a regime without which it has no baseline'),
('background_minimum_hours', '48', 'Hours of a regime without which there is no median to compare with');

-- A regime is what a machine was doing: the reference that it ran, or 0 nothing known, -1 idle, -2 a lot without
-- a reference. One row per sensor, regime and hour, made of its quarter-hours and readings.
create table analytics.hour (
    sensor_id int not null references plant.sensor on delete cascade,
    regime int not null,
    hour timestamptz not null,
    quarters int not null,
    value float8 not null,
    readings int,
    noise float8,
    spike float8,
    shift float8,
    changes int,
    run_length int,
    run_at_end int,
    primary key (sensor_id, hour, regime)
);
comment on column analytics.hour.value is 'Median of the means of its quarter-hours, in unit; of a counter, unit per hour';
comment on column analytics.hour.noise is 'Standard deviation of a reading around its neighbours, from their median distance';
comment on column analytics.hour.spike is 'Largest distance of a reading from neighbours that agree';
comment on column analytics.hour.shift is 'Largest distance between three readings and the three before';
comment on column analytics.hour.changes is 'Readings that differ from the one before';
comment on column analytics.hour.run_length is 'Longest run of equal readings within the hour';
comment on column analytics.hour.run_at_end is 'Equal readings at its end';

-- How far the hours of a sensor are made; where it has no row, nothing has been learned of it yet.
create table analytics.sensor_state (
    sensor_id int primary key references plant.sensor on delete cascade,
    summarised_from timestamptz not null,
    summarised_to timestamptz not null,
    scored_to timestamptz
);

-- What an hour is compared with: medians of whole days before the day of the hour (UTC).
create table analytics.background (
    sensor_id int not null references plant.sensor on delete cascade,
    regime int not null,
    day timestamptz not null,
    hours_7d int not null,
    median_7d float8,
    hours_28d int not null,
    median_28d float8,
    primary key (sensor_id, day, regime)
);

create table analytics.baseline (
    baseline_id bigint generated always as identity primary key,
    sensor_id int not null references plant.sensor on delete cascade,
    regime int not null,
    feature text not null check (feature in ('level', 'slow', 'drift', 'noise', 'spike', 'shift', 'stuck', 'silent')),
    version int not null,
    valid_from timestamptz not null,
    valid_to timestamptz not null default 'infinity',
    history_from timestamptz not null,
    hours int not null,
    centre float8,
    usual float8,
    excess float8,
    clusters_per_day float8,
    usual_below float8,
    excess_below float8,
    clusters_per_day_below float8,
    least float8,
    profile float8[] check (cardinality(profile) in (24, 168)),
    profile_gain float8,
    noise float8,
    autocorrelation float8,
    reason text,
    fitted_at timestamptz not null default clock_timestamp(),
    check (valid_from < valid_to),
    unique (sensor_id, regime, feature, valid_from)
);
create index on analytics.baseline (sensor_id, valid_to);
comment on column analytics.baseline.usual_below is 'usual, excess and clusters_per_day of a process are of what goes above its centre; these are of what goes below';

-- What a person asks of a sensor that no history can tell.
create table analytics.sensor_setting (
    sensor_id int primary key references plant.sensor on delete cascade,
    minimum_deviation float8 check (minimum_deviation >= 0)
);

create table analytics.planned_stop (
    planned_stop_id bigint generated always as identity primary key,
    machine_id int not null references plant.machine,
    during tstzrange not null check (not isempty(during) and not lower_inf(during) and not upper_inf(during)),
    reason text not null,
    episode_id bigint,
    noted_at timestamptz not null default clock_timestamp(),
    noted_by text not null default session_user
);
create index on analytics.planned_stop (machine_id);
comment on column analytics.planned_stop.episode_id is 'The episode whose verdict said so; NULL where it was noted by itself';

-- Each quarter-hour in which a feature lay outside the usual. Episodes are made of these.
create table analytics.deviation (
    sensor_id int not null references plant.sensor on delete cascade,
    class text not null check (class in ('process', 'sensor')),
    kind text not null check (
        kind in ('level', 'slow', 'drift', 'noise', 'spike', 'shift', 'stuck', 'out_of_range', 'silent')
    ),
    time timestamptz not null,
    regime int not null,
    actual float8,
    expected float8,
    usual_limit float8,
    score float8,
    is_over boolean not null,
    baseline_id bigint,
    primary key (sensor_id, time, class, kind)
);
comment on column analytics.deviation.time is 'End of the quarter-hour';
comment on column analytics.deviation.usual_limit is 'Value at which the score would reach the threshold';
comment on column analytics.deviation.score is 'NULL for a rule that holds or does not';

create table analytics.episode (
    episode_id bigint generated always as identity primary key,
    sensor_id int not null references plant.sensor on delete cascade,
    class text not null check (class in ('process', 'sensor')),
    kind text not null,
    regime int not null,
    opened_at timestamptz not null,
    last_at timestamptz not null,
    closed_at timestamptz,
    peak_at timestamptz not null,
    score float8,
    actual float8,
    expected float8,
    usual_limit float8,
    baseline_id bigint,
    energy_kwh float8,
    alerted_at timestamptz[] not null default '{}',
    alerted_score float8,
    verdict text check (verdict in ('real', 'false', 'planned-stop')),
    changed_at timestamptz not null default clock_timestamp(),
    check (opened_at <= last_at and last_at <= coalesce(closed_at, 'infinity'))
);
create index on analytics.episode (sensor_id, opened_at);
comment on column analytics.episode.closed_at is 'Its last deviation, once enough time has gone by without one; NULL while open';

create table analytics.verdict (
    verdict_id bigint generated always as identity primary key,
    episode_id bigint not null references analytics.episode on delete cascade,
    verdict text not null check (verdict in ('real', 'false', 'planned-stop')),
    reason text not null,
    given_at timestamptz not null default clock_timestamp(),
    given_by text not null default session_user
);

-- Slices that were rewritten since they were last scored. Append-only, as the queue of settling is.
create table analytics.rewritten (
    rewritten_id bigint generated always as identity primary key,
    sensor_ids int[] not null,
    from_time timestamptz not null,
    to_time timestamptz not null
);
-- How far each sensor is judged again, and up to where what changed can reach.
create table analytics.rescore (
    sensor_id int primary key references plant.sensor on delete cascade,
    from_time timestamptz not null,
    until_time timestamptz not null
);
