-- How the platform runs.

create table ops.setting (
    name text primary key,
    value text not null,
    description text not null
);
insert into ops.setting (name, value, description) values
('kpi_minimum_coverage', '0.9', 'Coverage below which energy per unit is NULL'),
('alert_quarantined', '10', 'Messages that may be quarantined in this hour and the last before api.alert calls it growing'),
('past_window', '30 days', 'Readings older than this are quarantined; the demo, which replays history, sets it wider'),
('future_window', '5 minutes', 'Readings further ahead than this are quarantined'),
('new_lots_per_hour', '60', 'Unknown lots that payloads may create in an hour'),
('held_readings_per_topic', '100000', 'Readings held for a topic that no sensor has yet'),
('held_readings', '5000000', 'Readings held for all such topics together'),
('held_topics', '1000', 'Unknown topics remembered'),
('quarantine_rows', '100000', 'Rows of quarantine kept; beyond this only the ledger counts'),
('devices', '10000', 'Devices under a machine whose status is kept; those beyond are quarantined'),
('unknown_devices', '1000', 'The same for devices that lie under no machine'),
('device_changes', '10000', 'Words of one device on its status that are kept; the older ones go'),
('device_status_retention', '400 days', 'Age at which changes of a device''s status are forgotten; its last one stays'),
('quarantine_retention', '30 days', 'Age at which a quarantined message is forgotten'),
('raw_retention', '400 days', 'Age at which raw readings are dropped; slices stay'),
('raw_compress_after', '7 days', 'Age at which raw readings are compressed'),
('slice_compress_after', '30 days', 'Age at which slices are compressed'),
('open_run_limit', '3 days', 'A run open for longer shows in api.conflict'),
('reader_connections', '20', 'Connections that each login of a reader may have, given when it has no limit of its own'),
('reader_query_limit', '60 seconds', 'Queries of readers that run for longer, and transactions that they leave open, are ended'),
('lot_minimum_excess_kwh', 'auto', 'Excess of a lot, in kWh, below which it is not flagged; auto is 1 % of the median lot'),
('control_minimum_lots', '10', 'Lots of a reference needed before its control charts have limits'),
('control_baseline_lots', '25', 'Lots in the baseline of a control chart; limits of fewer are replaced when there are so many'),
('golden_minimum_lots', '10', 'Lots of a reference needed before the best of them make a golden profile'),
('bounds_minimum_lots', '5', 'Lots of a reference needed before energy bounds are given');

create table ops.applied_sql (
    path text primary key,
    sha256 text not null,
    applied_at timestamptz not null default now()
);

-- Ranges of slices that were rewritten since the continuous aggregates were last refreshed.
create table ops.stale_range (
    stale_id bigint generated always as identity primary key,
    from_time timestamptz not null,
    to_time timestamptz not null
);

create table ops.refresh_state (
    aggregate text primary key,
    refreshed_at timestamptz not null,
    from_time timestamptz,
    to_time timestamptz
);

create table ops.task_state (
    name text primary key,
    last_run_at timestamptz not null,
    duration_s float8,
    error text
);
comment on table ops.task_state is 'When the scheduler last ran each task or TimescaleDB policy, and how it ended';

-- A lease excludes two of the same kind where advisory locks cannot (the embedded server has one backend).
create table ops.lease (
    name text primary key,
    holder text not null,
    expires_at timestamptz not null,
    backend_pid int
);
comment on column ops.lease.backend_pid is
'The server process of the holder: where it is gone, so is the holder, and the next need not wait';

create table ops.loader (
    client_id text primary key,
    started_at timestamptz not null,
    last_seen_at timestamptz not null,
    last_commit_at timestamptz,
    counters jsonb not null default '{}',
    topics text[],
    ledger_at_start jsonb,
    ledger jsonb,
    is_resting boolean not null default false
);
comment on column ops.loader.ledger_at_start is 'What the ledger held of this loader when it started; NULL where that is not known';
comment on column ops.loader.ledger is 'What it held when the loader last told its counters: it must have grown by them';
comment on column ops.loader.is_resting is 'The ledger had not grown since the sign of life before: what it holds is counted';

create table ops.backup (
    backup_id bigint generated always as identity primary key,
    file text not null,
    made_at timestamptz not null,
    size bigint not null,
    sha256 text not null
);
comment on table ops.backup is 'Backups that were made; made_at is the time of their snapshot';

create table ops.restore_check (
    check_id bigint generated always as identity primary key,
    file text not null,
    made_at timestamptz not null,
    checked_at timestamptz not null default now(),
    rows bigint not null,
    duration_s float8 not null,
    difference text
);
comment on table ops.restore_check is 'Backups that were restored to see whether they can be; difference is NULL where all came back';

create table ops.job_run (
    job_run_id bigint generated always as identity primary key,
    job text not null,
    started_at timestamptz not null default clock_timestamp(),
    finished_at timestamptz,
    rows bigint,
    error text
);
comment on table ops.job_run is 'One row for each time a job ran: without finished_at it runs, or was killed';
create index on ops.job_run (job, started_at desc);
