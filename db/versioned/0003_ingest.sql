-- What did not go straight in: quarantined messages, readings held for unknown topics, conflicts.

create table ingest.quarantine (
    quarantine_id bigint generated always as identity primary key,
    reason text not null,
    topic text not null,
    detail text,
    payload bytea not null check (length(payload) <= 4096),
    payload_length int not null,
    digest bytea not null,
    first_at timestamptz not null,
    last_at timestamptz not null,
    count bigint not null default 1,
    unique (reason, digest)
);
comment on column ingest.quarantine.digest is 'SHA-256 of topic and payload: the same bad message is one row that counts';

create table ingest.held_reading (
    topic text not null,
    time timestamptz not null,
    value float8 not null,
    has_claim boolean not null default false,
    lot text,
    reference text,
    operator text,
    machine text,
    received_at timestamptz not null,
    primary key (topic, time, value)
);
comment on table ingest.held_reading is 'Readings of topics that no sensor has yet; lotwatt sensor adopt replays them';

create table ingest.unknown_topic (
    topic text primary key,
    first_at timestamptz not null,
    last_at timestamptz not null,
    readings bigint not null,
    last_value float8
);

create table ingest.reading_conflict (
    conflict_id bigint generated always as identity primary key,
    sensor_id int not null,
    time timestamptz not null,
    stored_value float8,
    offered_value float8 not null,
    source text not null,
    first_at timestamptz not null default now(),
    count bigint not null default 1,
    unique (sensor_id, time, offered_value)
);

create table ingest.ledger (
    source text not null,
    hour timestamptz not null,
    messages bigint not null default 0,
    received bigint not null default 0,
    stored bigint not null default 0,
    duplicate bigint not null default 0,
    conflict bigint not null default 0,
    quarantined bigint not null default 0,
    dropped bigint not null default 0,
    primary key (source, hour),
    check (received = stored + duplicate + conflict + quarantined + dropped)
);
comment on table ingest.ledger is 'Every reading or event received ends in exactly one column; a message that cannot be decoded counts as one';
