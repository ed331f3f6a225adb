-- What is measured, and what it adds up to. Plain PostgreSQL: hypertables follow in a file of their own.

create table telemetry.claim (
    claim_id int generated always as identity primary key,
    lot text,
    reference text,
    operator text,
    machine text,
    unique nulls not distinct (lot, reference, operator, machine)
);
comment on table telemetry.claim is 'What readings claim about themselves, verbatim; readings point here';

create table telemetry.reading (
    time timestamptz not null check (time >= '2000-01-01' and time < '2100-01-01'),
    sensor_id int not null,
    value float8 not null check (value between -1.7e308 and 1.7e308),
    claim_id int,
    is_struck boolean not null default false,
    received_at timestamptz not null default now()
);
create unique index reading_sensor_time on telemetry.reading (sensor_id, time);
-- The loader puts readings in by COPY and can neither see nor change one. Granted here: once a hypertable has a
-- columnstore, TimescaleDB refuses grants on single columns.
grant insert (time, sensor_id, value, received_at) on telemetry.reading to lotwatt_loader;

create table telemetry.reading_change (
    change_id bigint generated always as identity primary key,
    sensor_id int not null references plant.sensor,
    time timestamptz not null,
    action text not null check (action in ('correct', 'strike', 'restore')),
    old_value float8 not null,
    new_value float8,
    source text not null,
    reason text not null,
    changed_at timestamptz not null default clock_timestamp(),
    changed_by text not null default session_user
);
create index on telemetry.reading_change (sensor_id, time);

-- One row per sensor, quarter-hour and run (run_id 0: no run). See docs/glossary.md for each word.
create table telemetry.slice (
    time timestamptz not null,
    sensor_id int not null,
    run_id int not null,
    state "char" not null check (state in ('l', 'i', 'u')),
    role plant.sensor_role not null,
    machine_id int,
    lot_id int,
    reference_id int,
    readings int not null,
    flags int not null default 0,
    span_s float8,
    measured_s float8 not null,
    known_s float8 not null,
    amount float8,
    value_s float8,
    minimum float8,
    maximum float8,
    below_s float8,
    above_s float8
) with (fillfactor = 70);
comment on column telemetry.slice.state is 'l in a lot, i idle (between two runs or inside a shift), u unattributed';
comment on column telemetry.slice.flags is 'Bits: 1 gap, 2 reset, 4 rollover, 8 spike left out, 16 spread over a gap, 32 estimated, 64 rise too fast, 128 out of range, 256 fall not to zero';
comment on column telemetry.slice.span_s is 'Seconds of the quarter-hour that belong to this run; NULL outside runs';
comment on column telemetry.slice.known_s is 'Seconds whose amount is known; more than measured_s where a counter was read on both sides of a gap';
create unique index slice_key on telemetry.slice (sensor_id, time, run_id, state);
create index slice_lot on telemetry.slice (lot_id, time) where lot_id is not null;

-- Append-only work lists: never a unique key, never ON CONFLICT (a row skipped against one that is
-- about to be deleted is a lost update). One row names all the sensors that changed in one range.
create table telemetry.dirty (
    dirty_id bigint generated always as identity,
    sensor_ids int[] not null,
    from_time timestamptz not null,
    to_time timestamptz not null,
    cause text not null,
    is_window boolean not null default false
);
comment on column telemetry.dirty.is_window is 'True: the range is whole quarter-hours and already as wide as what changed can reach';
create table telemetry.dirty_run (
    dirty_id bigint generated always as identity,
    machine_ids int[] not null,
    from_time timestamptz not null,
    to_time timestamptz not null,
    cause text not null
);
create table telemetry.parked (
    parked_id bigint generated always as identity primary key,
    sensor_ids int[],
    machine_ids int[],
    from_time timestamptz not null,
    to_time timestamptz not null,
    cause text not null,
    reason text not null,
    parked_at timestamptz not null default now()
);

create table telemetry.lot_figure (
    lot_id int primary key references plant.lot on delete cascade,
    energy_kwh float8,
    energy_known_s float8,
    temperature_c_mean float8,
    temperature_measured_s float8,
    is_provisional boolean not null default true,
    settled_at timestamptz not null default now()
);
comment on column telemetry.lot_figure.is_provisional is
'True until the queue was empty once: the lot is still being worked out for the first time, and its growth is no change';
create index on telemetry.lot_figure (lot_id) where is_provisional;

-- Slices of a lot added up, for lots whose runs are over: what figures of lots are read from. Kept by settling, in the
-- transaction that writes the slices. A lot that is not in summed_lot is added up when it is read.
create table telemetry.lot_sum (
    lot_id int not null references plant.lot on delete cascade,
    run_id int not null,
    sensor_id int not null,
    role plant.sensor_role not null,
    machine_id int,
    amount float8,
    value_s float8,
    measured_s float8 not null,
    known_s float8 not null,
    minimum float8,
    maximum float8,
    below_s float8,
    above_s float8,
    flags int not null
);
create index on telemetry.lot_sum (lot_id);
create index on telemetry.lot_sum (run_id);
create table telemetry.summed_lot (
    lot_id int primary key references plant.lot on delete cascade
);

create table telemetry.lot_change (
    change_id bigint generated always as identity primary key,
    lot_id int not null references plant.lot on delete cascade,
    changed_at timestamptz not null default clock_timestamp(),
    figure text not null,
    old_value float8,
    new_value float8,
    cause text not null
);
create index on telemetry.lot_change (lot_id, changed_at);

-- Slices before this instant are kept as they are and only re-attributed: raw readings may be gone
-- up to a day before it (the day between serves as the neighbours of the first readings after it).
create table telemetry.horizon (
    is_single boolean primary key default true check (is_single),
    raw_from timestamptz not null default '-infinity'
);
insert into telemetry.horizon default values;

-- What each meter advanced in each UTC day, worked out from readings before they are dropped.
create table telemetry.register (
    sensor_id int not null references plant.sensor,
    day date not null,
    opening float8,
    closing float8,
    advance float8 not null,
    resets float8 not null,
    spikes int not null,
    unknown_s float8 not null,
    frozen_at timestamptz not null default now(),
    primary key (sensor_id, day)
);

-- The band that the seconds out of band were worked out with, where readings are gone: with another
-- band they cannot be worked out again.
create table telemetry.band (
    reference_id int primary key references plant.reference,
    minimum_c float8,
    maximum_c float8
);
