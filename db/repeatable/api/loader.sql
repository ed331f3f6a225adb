create view api.loader as
select
    client_id as loader, started_at, last_seen_at, last_commit_at,
    last_seen_at > now() - interval '1 minute' as is_alive,
    (counters ->> 'messages')::bigint as messages,
    (counters ->> 'stored')::bigint as stored,
    (counters ->> 'duplicate')::bigint as duplicate,
    (counters ->> 'conflict')::bigint as conflict,
    (counters ->> 'quarantined')::bigint as quarantined,
    (counters ->> 'dropped')::bigint as dropped,
    (counters ->> 'database_errors')::bigint as database_errors,
    (counters ->> 'broker_errors')::bigint as broker_errors,
    (counters ->> 'sessions_lost')::bigint as sessions_lost
from ops.loader;
comment on view api.loader is 'Loaders, and what they have counted since they started';
comment on column api.loader.loader is 'Client id at the broker';
comment on column api.loader.started_at is 'When it started';
comment on column api.loader.last_seen_at is 'Its last sign of life, one every few seconds';
comment on column api.loader.last_commit_at is 'The last sign of life since which it had stored something';
comment on column api.loader.is_alive is 'True where it was seen in the last minute';
comment on column api.loader.messages is 'Messages since it started';
comment on column api.loader.stored is 'Readings and events stored';
comment on column api.loader.duplicate is 'Known already';
comment on column api.loader.conflict is 'Another value for a stamp that is stored';
comment on column api.loader.quarantined is 'Kept aside with a reason';
comment on column api.loader.dropped is 'Counted and dropped';
comment on column api.loader.database_errors is 'How often the database was away';
comment on column api.loader.broker_errors is 'How often the broker was away';
comment on column api.loader.sessions_lost is 'How often the broker had forgotten what it kept for this loader';
