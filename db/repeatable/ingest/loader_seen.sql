-- A sign of life, with the loader's own counters since it started: received, stored, dropped by
-- reason, reconnects, database errors, sessions that the broker had lost. Empty counters mean that
-- it has just started.
create or replace function ingest.loader_seen(p_client_id text, p_counters jsonb, p_committed boolean)
returns void
language sql volatile security definer
set search_path = pg_catalog, pg_temp
begin atomic
    insert into ops.loader as l (client_id, started_at, last_seen_at, last_commit_at, counters)
    values (p_client_id, now(), now(), case when p_committed then now() end, p_counters)
    on conflict (client_id) do update set
        started_at = case when excluded.counters = '{}' then excluded.started_at else l.started_at end,
        last_seen_at = excluded.last_seen_at,
        last_commit_at = coalesce(excluded.last_commit_at, l.last_commit_at),
        counters = excluded.counters;
end;

comment on function ingest.loader_seen is 'A sign of life of a loader, with its counters';
