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
    is_decoded boolean not null default false,
    unique (reason, digest)
);
comment on column ingest.quarantine.digest is 'SHA-256 of topic and payload: the same bad message is one row that counts';
comment on column ingest.quarantine.is_decoded is
'True: the message was understood, and this is one value of it in the form that needs no mapping';

create table ingest.quarantine_count (
    rows bigint not null,
    newest_id bigint not null,
    counted_at timestamptz not null
);
comment on table ingest.quarantine_count is 'How many rows the quarantine had when it was last counted: one row';
insert into ingest.quarantine_count (rows, newest_id, counted_at) values (0, 0, '-infinity');

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

create table ingest.ledger_reason (
    source text not null,
    hour timestamptz not null,
    outcome text not null check (outcome in ('quarantined', 'dropped')),
    reason text not null,
    count bigint not null,
    primary key (source, hour, outcome, reason)
);
comment on table ingest.ledger_reason is
'Why readings, events and messages were quarantined or dropped; adds up to those columns of the ledger';

create table ingest.cursor (
    source text primary key check (length(source) between 1 and 256),
    position jsonb not null,
    moved_at timestamptz not null default now()
);
comment on table ingest.cursor is 'How far each file and API has been read; written in the transaction that stores what was read';

-- What lists of orders say, each as its source said it last.
create table ingest.run_order (
    source text not null,
    key text not null check (length(key) between 1 and 1024),
    machine_id int not null references plant.machine,
    lot_id int not null references plant.lot,
    reference_id int references plant.reference,
    operator_id int references plant.operator,
    during tstzrange not null check (not isempty(during) and lower_inc(during) and not lower_inf(during)),
    planned_quantity float8,
    good_quantity float8,
    scrap_quantity float8,
    is_per_row boolean not null,
    is_withdrawn boolean not null default false,
    first_at timestamptz not null default now(),
    last_at timestamptz not null default now(),
    primary key (source, key),
    check (isfinite(lower(during))),
    check (upper(during) is null or isfinite(upper(during)))
);
comment on table ingest.run_order is 'Orders as lists say them: which lot ran on which machine, from when to when';
comment on column ingest.run_order.key is 'What its source calls the order; where it does not, lot, machine and start';
comment on column ingest.run_order.is_per_row is 'Whether quantities are those of the row, to be added up, or of the whole lot';
comment on column ingest.run_order.is_withdrawn is 'The source does not list it any more';
create index on ingest.run_order using gist (machine_id, during);
create index on ingest.run_order (lot_id);

create table ingest.order_assertion (
    assertion_id int primary key references plant.run_assertion on delete cascade,
    source text not null,
    key text not null,
    foreign key (source, key) references ingest.run_order on delete cascade
);
comment on table ingest.order_assertion is 'Which order an assertion came of; an order in conflict has fewer than it says, or none';
create index on ingest.order_assertion (source, key);

create table ingest.device (
    topic text primary key,
    is_known boolean not null,
    first_at timestamptz not null,
    last_at timestamptz not null
);
comment on table ingest.device is 'What publishes on <topic>/status, mostly by its last will';
comment on column ingest.device.is_known is 'Its topic lay under the topic of a machine when it last spoke: it counts to another limit';

create table ingest.device_status (
    topic text not null references ingest.device on delete cascade,
    time timestamptz not null,
    is_online boolean not null,
    is_contradicted boolean not null default false,
    primary key (topic, time)
);
comment on column ingest.device_status.is_contradicted is
'It was said to be both at this instant: whatever came first, it counts as offline';

create table ingest.catalog_change (
    transaction_id xid8 not null,
    what text not null,
    changed_at timestamptz not null default now(),
    primary key (transaction_id, changed_at)
);
comment on column ingest.catalog_change.transaction_id is 'With changed_at, as a restored database counts transactions anew';
comment on table ingest.catalog_change is
'One row for each transaction that changed sensors, settings or mappings: their number is the version of what loaders keep in memory';

-- How messages of foreign topics and payloads are understood. Paths are JMESPath on a record, or on the whole
-- document after "$."; what only the loader can check (their syntax) it notes in ingest.mapping_error.
create table ingest.mapping (
    mapping_id int generated always as identity primary key,
    name text not null unique check (name ~ '^[A-Za-z0-9_.-]{1,64}$'),
    priority int not null default 100,
    topic_filter text not null check (
        length(topic_filter) between 1 and 512
        and topic_filter ~ '^(([^/+#]*|[+])/)*([^/+#]*|[+]|#)$'
        and not starts_with(topic_filter, '$')
    ),
    is_enabled boolean not null default true,
    is_ignored boolean not null default false,
    format text not null default 'json' check (format in ('json', 'ndjson', 'text', 'senml')),
    records_path text,
    sensor_topic text not null default '{topic}' check (sensor_topic ~ '^([^{}]|[{][^{}]+[}])+$'),
    value_path text,
    fields text[],
    numeric_strings boolean not null default false,
    decimal_comma boolean not null default false,
    booleans boolean not null default false,
    states jsonb,
    time_path text,
    time_format text not null default 'auto',
    time_zone text,
    quality_path text,
    good_quality text[],
    on_bad_quality text not null default 'quarantine' check (on_bad_quality in ('quarantine', 'drop')),
    unit_path text,
    unit text,
    lot_path text,
    reference_path text,
    operator_path text,
    machine_path text,
    on_unknown text not null default 'hold' check (on_unknown in ('hold', 'drop')),
    note text,
    constraint states_are_numbers check (
        jsonb_typeof(states) = 'object' and not jsonb_path_exists(states, '$.* ? (@.type() != "number")')
    ),
    constraint time_format_is_known check (
        time_format in ('auto', 's', 'ms', 'us', 'ns', 'iso', 'receipt') or time_format ~ '%[A-Za-z]'
    ),
    constraint time_path_or_receipt check (is_ignored or (time_path is null) = (time_format = 'receipt')),
    constraint time_zone_is_for_text check (
        time_zone is null or time_format in ('auto', 'iso') or time_format ~ '%[A-Za-z]'
    ),
    constraint quality_has_good_values check ((quality_path is null) = (good_quality is null)),
    constraint unit_has_path check ((unit_path is null) = (unit is null)),
    constraint claims_name_a_lot check (
        lot_path is not null or (reference_path is null and operator_path is null and machine_path is null)
    ),
    constraint fields_need_a_place check (fields is null or sensor_topic like '%{field}%'),
    constraint text_is_one_value check (
        format <> 'text' or (records_path is null and value_path is null and time_path is null
            and quality_path is null and unit_path is null and lot_path is null
            and sensor_topic not like '%{field}%')
    )
);
comment on table ingest.mapping is
'How foreign topics and payloads are understood: the first enabled row whose filter matches decodes a message alone';
comment on column ingest.mapping.mapping_id is 'Key';
comment on column ingest.mapping.name is 'Name of the mapping; letters, digits, dot, dash and underscore';
comment on column ingest.mapping.priority is 'Where several filters match a topic, the lowest number decides, then the name';
comment on column ingest.mapping.topic_filter is 'MQTT topic filter with + and #; the loader subscribes to it';
comment on column ingest.mapping.is_enabled is 'Whether it takes part; its messages are decoded as if it were not there otherwise';
comment on column ingest.mapping.is_ignored is 'Messages are dropped and only counted (reason ignored): discovery, debug and the like';
comment on column ingest.mapping.format is
'json: one document; ndjson: one a line; text: the bare value itself; senml: RFC 8428, with its records resolved';
comment on column ingest.mapping.records_path is
'JMESPath to the record or the list of records; NULL: the document, or each element where it is an array';
comment on column ingest.mapping.sensor_topic is
'Topic of the reading: {topic}; {1}, {2}, {-1} levels of the topic; {field} each number of an object; {any JMESPath}';
comment on column ingest.mapping.value_path is
'JMESPath to the value; with {field}, to the object whose numbers are taken (objects in it give a/b); NULL: the record';
comment on column ingest.mapping.fields is 'With {field}: take only these; NULL takes every number';
comment on column ingest.mapping.numeric_strings is 'Whether "23.4" in quotes is the number 23.4 (ASCII digits only)';
comment on column ingest.mapping.decimal_comma is 'Whether texts write 23,4 for 23.4; a text with a point is refused then';
comment on column ingest.mapping.booleans is 'Whether true and false are 1 and 0';
comment on column ingest.mapping.states is 'Texts that are numbers: {"ON": 1, "OFF": 0}; other texts are refused';
comment on column ingest.mapping.time_path is 'JMESPath to the time; NULL with time_format receipt';
comment on column ingest.mapping.time_format is
'auto (as for plain payloads), s, ms, us, ns since 1970, iso, receipt (time of arrival), or a strptime format such as %d.%m.%Y %H:%M:%S';
comment on column ingest.mapping.time_zone is
'Zone (IANA) of times that name none; NULL refuses them. A time that daylight saving skips is quarantined; one that it repeats is told by the time of arrival';
comment on column ingest.mapping.quality_path is 'JMESPath to the quality of the value';
comment on column ingest.mapping.good_quality is 'Qualities that are good, as text: {true}, {192}, {good}; null stands for none given';
comment on column ingest.mapping.on_bad_quality is 'What is done with a value of any other quality: quarantine or drop, reason bad_quality';
comment on column ingest.mapping.unit_path is 'JMESPath to the unit of the value';
comment on column ingest.mapping.unit is 'The only unit that is taken; another is quarantined with reason unit_mismatch';
comment on column ingest.mapping.lot_path is 'JMESPath to the lot that the reading claims; nothing there claims that no lot is on the machine';
comment on column ingest.mapping.reference_path is 'JMESPath to the reference of that lot';
comment on column ingest.mapping.operator_path is 'JMESPath to the operator';
comment on column ingest.mapping.machine_path is 'JMESPath to the machine, where it is not the one of the sensor';
comment on column ingest.mapping.on_unknown is
'What is done with readings of topics that no sensor has: hold (as without a mapping) or drop, reason unknown_sensor';
comment on column ingest.mapping.note is 'What it is for, in your words';

-- Not a column of ingest.mapping: a loader that notes an error there would tell itself to load anew.
create table ingest.mapping_error (
    mapping_id int primary key references ingest.mapping on delete cascade,
    error text not null,
    found_at timestamptz not null default now()
);
comment on table ingest.mapping_error is
'What is wrong with a mapping, as found when it was last loaded; its messages are quarantined with reason bad_mapping';
