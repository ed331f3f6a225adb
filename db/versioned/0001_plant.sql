-- What is declared: sites, machines, sensors, references, lots and the runs that attribute time to lots.
create extension if not exists btree_gist;

create schema plant;
comment on schema plant is 'What is declared: sites, lines, machines, sensors, references, lots, runs, operators, shifts';
create schema telemetry;
comment on schema telemetry is 'What is measured: readings, slices and the continuous aggregates over them';
create schema ingest;
comment on schema ingest is 'The way in: write functions, quarantine, held readings and the ledger of messages';
create schema analytics;
comment on schema analytics is 'What is worked out by jobs: baselines, anomalies, forecasts';
create schema ops;
comment on schema ops is 'How the platform runs: settings, applied SQL, job runs, checks, refreshes';
create schema api;
comment on schema api is 'The only thing that Grafana and analysts see: views and functions';

create type plant.sensor_kind as enum ('counter', 'amount', 'power', 'gauge', 'state');
create type plant.sensor_role as enum (
    'main_energy', 'check_energy', 'output', 'process_temperature', 'setpoint', 'other'
);
-- Weakest first: the order of the labels is the order of precedence.
create type plant.run_source as enum ('payload', 'event', 'declared', 'correction');

create table plant.site (
    site_id int generated always as identity primary key,
    code text not null unique check (code ~ '^[A-Za-z0-9_.-]+$'),
    name text not null,
    time_zone text not null,
    currency text check (currency ~ '^[A-Z]{3}$'),
    holiday_calendar text check (holiday_calendar ~ '^[A-Z]{2}(-[A-Z0-9]+)?$')
);
comment on column plant.site.holiday_calendar is 'Country whose public holidays the site keeps, with its subdivision where it has its own: ES-MD; NULL: none';

create table plant.line (
    line_id int generated always as identity primary key,
    site_id int not null references plant.site,
    code text not null unique check (code ~ '^[A-Za-z0-9_.-]+$'),
    name text not null
);

create table plant.machine (
    machine_id int generated always as identity primary key,
    line_id int not null references plant.line,
    code text not null unique check (code ~ '^[A-Za-z0-9_.-]+$'),
    name text not null,
    topic text not null unique
);
comment on column plant.machine.topic is 'MQTT topic of the machine; lot events arrive on <topic>/lot';

create table plant.operator (
    operator_id int generated always as identity primary key,
    code text not null unique,
    name text
);

create table plant.reference (
    reference_id int generated always as identity primary key,
    code text not null unique,
    name text,
    description text,
    unit text not null default 'piece',
    family text,
    planned_cycle interval check (planned_cycle > interval '0'),
    temperature_minimum_c float8,
    temperature_maximum_c float8,
    source plant.run_source not null default 'declared',
    constraint reference_band_check check (temperature_minimum_c < temperature_maximum_c)
);
comment on column plant.reference.planned_cycle is 'Planned machine time of one lot of this reference';

create table plant.lot (
    lot_id int generated always as identity primary key,
    number text not null unique check (length(number) between 1 and 256),
    reference_id int references plant.reference,
    reference_source plant.run_source,
    reference_claimed_at timestamptz,
    planned_quantity float8 check (planned_quantity >= 0),
    good_quantity float8 check (good_quantity >= 0),
    scrap_quantity float8 check (scrap_quantity >= 0),
    good_quantity_source plant.run_source,
    scrap_quantity_source plant.run_source,
    started_at timestamptz check (isfinite(started_at)),
    finished_at timestamptz check (isfinite(finished_at)),
    source plant.run_source not null default 'declared',
    created_at timestamptz not null default now(),
    constraint lot_time_check check (started_at < finished_at)
);
comment on column plant.lot.good_quantity_source is 'Where the quantity comes from; one without a source counts as declared';
comment on column plant.lot.scrap_quantity_source is 'Where the quantity comes from; one without a source counts as declared';
comment on column plant.lot.started_at is 'Declared start; where NULL, the start of its first run counts';
create index on plant.lot (reference_id);

create table plant.sensor (
    sensor_id int generated always as identity primary key,
    code text not null unique check (length(code) between 1 and 256),
    topic text not null unique check (length(topic) between 1 and 512),
    site_id int not null references plant.site,
    machine_id int references plant.machine,
    kind plant.sensor_kind not null,
    role plant.sensor_role not null default 'other',
    quantity text not null,
    carrier text not null default 'electricity',
    unit text not null,
    scale float8 not null default 1 check (scale <> 0 and scale between -1e12 and 1e12),
    value_offset float8 not null default 0 check (value_offset between -1e12 and 1e12),
    sampling_interval interval not null default '1 minute' check (sampling_interval > interval '0'),
    max_gap interval check (max_gap > interval '0' and max_gap <= interval '7 days'),
    minimum float8,
    maximum float8,
    max_rate float8 check (max_rate > 0),
    rollover_at float8 check (rollover_at > 0),
    parent_id int references plant.sensor check (parent_id <> sensor_id),
    location text,
    type text,
    installed_on date,
    is_enabled boolean not null default true,
    constraint sensor_range_check check (minimum < maximum),
    check (kind = 'state' or max_gap is not null),
    check (role <> 'main_energy' or (kind in ('counter', 'amount', 'power') and quantity = 'energy')),
    check (role <> 'process_temperature' or kind = 'gauge'),
    check (role <> 'output' or kind in ('counter', 'amount'))
);
comment on column plant.sensor.code is 'Short name, unique in the plant';
comment on column plant.sensor.topic is 'MQTT topic; for a value inside a larger message, topic/field';
comment on column plant.sensor.quantity is 'What is measured: energy, temperature, pieces, pressure ...; for kind power it is the energy that power adds up to';
comment on column plant.sensor.unit is 'Unit after scale and value_offset: kWh or kW for energy, C for temperature';
comment on column plant.sensor.scale is 'value in unit = published value * scale + value_offset; 0.001 for a meter that publishes Wh';
comment on column plant.sensor.max_gap is 'Two readings further apart than this leave the time between them unmeasured';
comment on column plant.sensor.max_rate is 'Fastest believable rise of a counter, in unit per hour';
comment on column plant.sensor.rollover_at is 'Value, in unit, at which a counter starts again at zero';
comment on column plant.sensor.parent_id is 'The meter above this one; its energy holds the energy of this one';
-- At most one main meter per machine and carrier, one product counter, one process temperature:
-- otherwise a machine with a kW and a kWh sensor would double its lots. A disabled one keeps its role for
-- the lots that it measured.
create unique index sensor_main_energy on plant.sensor (machine_id, carrier) where role = 'main_energy' and is_enabled;
create unique index sensor_output on plant.sensor (machine_id) where role = 'output' and is_enabled;
create unique index sensor_process_temperature on plant.sensor (machine_id) where role = 'process_temperature' and is_enabled;
create index on plant.sensor (machine_id);
create index on plant.sensor (parent_id);

-- What else decides how much a lot uses, as a person declares it: a figure of a sensor over the lot, or a value that
-- is given lot by lot. A driver may have a sensor on each of several machines.
create table plant.driver (
    driver_id int generated always as identity primary key,
    code text not null check (code ~ '^[A-Za-z0-9_.-]+$' and code not in ('quantity', 'machine_s')),
    sensor_id int references plant.sensor,
    statistic text check (statistic in ('mean', 'minimum', 'maximum', 'amount')),
    unique nulls not distinct (code, sensor_id),
    check ((sensor_id is null) = (statistic is null))
);
comment on column plant.driver.sensor_id is 'NULL: its values are given lot by lot, in plant.lot_driver';
comment on column plant.driver.statistic is 'Figure of the sensor over a lot; amount is what a counter counted';

create table plant.lot_driver (
    lot_id int not null references plant.lot on delete cascade,
    code text not null,
    value float8 not null,
    primary key (lot_id, code)
);

-- Assertions and events are the inputs; plant.lot_run is worked out of them and is the only truth
-- for attribution. No row is ever changed in place by a newcomer: an assertion that is newer or
-- stronger wins, and one that is withdrawn gives back what it held.
create table plant.run_assertion (
    assertion_id int generated always as identity primary key,
    machine_id int not null references plant.machine,
    lot_id int references plant.lot,
    operator_id int references plant.operator,
    during tstzrange not null check (not isempty(during) and lower_inc(during) and not lower_inf(during)),
    source plant.run_source not null check (source in ('declared', 'correction')),
    reason text,
    asserted_at timestamptz not null default now(),
    asserted_by text not null default session_user,
    withdrawn_at timestamptz,
    check (isfinite(lower(during))),
    check (upper(during) is null or isfinite(upper(during)))
);
comment on column plant.run_assertion.lot_id is 'NULL asserts that no lot was on the machine';
create index on plant.run_assertion using gist (machine_id, during) where withdrawn_at is null;

create table plant.lot_event (
    event_id bigint generated always as identity primary key,
    machine_id int not null references plant.machine,
    lot_id int not null references plant.lot,
    operator_id int references plant.operator,
    reference_id int references plant.reference,
    event text not null check (event in ('start', 'stop')),
    occurred_at timestamptz not null check (isfinite(occurred_at)),
    good_quantity float8,
    scrap_quantity float8,
    received_at timestamptz not null default now(),
    unique (machine_id, occurred_at, lot_id, event)
);
comment on column plant.lot_event.reference_id is 'The reference that this event named: the earliest event that names one decides';
create index on plant.lot_event (lot_id);

create table plant.lot_run (
    run_id int generated always as identity primary key,
    lot_id int not null references plant.lot,
    machine_id int not null references plant.machine,
    operator_id int references plant.operator,
    during tstzrange not null check (not isempty(during) and lower_inc(during) and not lower_inf(during)),
    source plant.run_source not null,
    check (isfinite(lower(during))),
    check (upper(during) is null or isfinite(upper(during))),
    exclude using gist (machine_id with =, during with &&)
);
create index on plant.lot_run (lot_id);
create index on plant.lot_run (machine_id, lower(during));

-- What is meant to run, as it was said at some time. Nothing is taken back: a later plan holds from when it was said, so
-- that a forecast of the past can be made again from what was known then.
create table plant.planned_run (
    planned_run_id int generated always as identity primary key,
    machine_id int not null references plant.machine,
    reference_id int references plant.reference,
    during tstzrange not null check (not isempty(during) and not lower_inf(during) and not upper_inf(during)),
    quantity float8 check (quantity >= 0),
    planned_at timestamptz not null default now(),
    planned_by text not null default session_user
);
comment on column plant.planned_run.reference_id is 'NULL: the machine is planned to stand still';
create index on plant.planned_run using gist (machine_id, during);

-- Stretches for which readings claimed more than one lot at once, longer than a changeover: nobody got them.
create table plant.claim_conflict (
    conflict_id int generated always as identity primary key,
    machine_id int not null references plant.machine,
    during tstzrange not null,
    lots text[] not null,
    exclude using gist (machine_id with =, during with &&)
);

-- Lots that readings claim and that were not made, as too many were new in that hour. Their claims are
-- read again when there is room.
create table plant.lot_refused (
    machine_id int not null references plant.machine,
    lot text not null,
    from_time timestamptz not null,
    to_time timestamptz not null,
    refused_at timestamptz not null default now(),
    primary key (machine_id, lot)
);

create table plant.shift (
    shift_id int generated always as identity primary key,
    site_id int not null references plant.site,
    name text not null,
    during tstzrange not null check (not isempty(during) and not lower_inf(during) and not upper_inf(during)),
    -- slices are quarter-hours: a shift that changes between two of them could not be added up exactly
    check (date_bin('15 minutes', lower(during), timestamptz '2000-01-01 00:00+00') = lower(during)),
    check (date_bin('15 minutes', upper(during), timestamptz '2000-01-01 00:00+00') = upper(during)),
    -- deferred: where two shifts change at once, one may reach into what the other still has
    exclude using gist (site_id with =, during with &&) deferrable initially deferred
);
comment on table plant.shift is 'Shift calendar: one row per shift and day, in UTC, never worked out by time_bucket';

-- What a person is told who breaks a rule in a plant file: plant.apply_item says it after the name of the object.
comment on constraint site_code_check on plant.site is 'its code has other characters than letters, digits, _ . -';
comment on constraint site_currency_check on plant.site is 'its currency is not three capital letters, such as EUR';
comment on constraint site_holiday_calendar_check on plant.site is 'its holiday_calendar is not a country, or a country and a subdivision, such as ES or ES-MD';
comment on constraint line_code_check on plant.line is 'its code has other characters than letters, digits, _ . -';
comment on constraint machine_code_check on plant.machine is 'its code has other characters than letters, digits, _ . -';
comment on constraint reference_planned_cycle_check on plant.reference is 'its planned_cycle is not longer than nothing';
comment on constraint reference_band_check on plant.reference is
'its temperature_minimum_c is not below its temperature_maximum_c';
comment on constraint lot_number_check on plant.lot is 'its number has no character or more than 256';
comment on constraint lot_planned_quantity_check on plant.lot is 'its planned_quantity is below 0';
comment on constraint lot_good_quantity_check on plant.lot is 'its good_quantity is below 0';
comment on constraint lot_scrap_quantity_check on plant.lot is 'its scrap_quantity is below 0';
comment on constraint lot_started_at_check on plant.lot is 'its started_at is no time';
comment on constraint lot_finished_at_check on plant.lot is 'its finished_at is no time';
comment on constraint lot_time_check on plant.lot is 'its started_at is not before its finished_at';
comment on constraint planned_run_quantity_check on plant.planned_run is 'its quantity is below 0';
comment on constraint sensor_code_check on plant.sensor is 'its code has no character or more than 256';
comment on constraint sensor_topic_check on plant.sensor is 'its topic has no character or more than 512';
comment on constraint sensor_scale_check on plant.sensor is 'its scale is 0, or beyond 1e12';
comment on constraint sensor_value_offset_check on plant.sensor is 'its value_offset is beyond 1e12';
comment on constraint sensor_sampling_interval_check on plant.sensor is 'its sampling_interval is not longer than nothing';
comment on constraint sensor_max_gap_check on plant.sensor is 'its max_gap is not longer than nothing, or longer than 7 days';
comment on constraint sensor_max_rate_check on plant.sensor is 'its max_rate is not above 0';
comment on constraint sensor_rollover_at_check on plant.sensor is 'its rollover_at is not above 0';
comment on constraint sensor_range_check on plant.sensor is 'its minimum is not below its maximum';

create table plant.audit (
    audit_id bigint generated always as identity primary key,
    changed_at timestamptz not null default clock_timestamp(),
    changed_by text not null default session_user,
    object text not null,
    name text not null,
    old_value jsonb,
    new_value jsonb,
    reason text
);
create index on plant.audit (object, name, changed_at);
