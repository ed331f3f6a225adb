-- One quarantined message with its payload, locked until the transaction ends: a loader that gets the same
-- message meanwhile waits. newest_id tells rows that are made from now on from those that are there.
create or replace function ingest.quarantined(p_quarantine_id bigint)
returns table (
    reason text, topic text, detail text, payload bytea, payload_length int, digest bytea, first_at timestamptz,
    last_at timestamptz, count bigint, is_decoded boolean, newest_id bigint
)
language sql volatile
set search_path = pg_catalog, pg_temp
begin atomic
    select
        q.reason, q.topic, q.detail, q.payload, q.payload_length, q.digest, q.first_at,
        q.last_at, q.count, q.is_decoded, (select max(n.quarantine_id) from ingest.quarantine as n)
    from ingest.quarantine as q
    where q.quarantine_id = p_quarantine_id
    for update of q;
end;

comment on function ingest.quarantined is 'A quarantined message with its payload, locked; for people';
