-- As ingest.replay, for the status of devices.
create or replace function ingest.replay_status(
    p_topic text[], p_is_online boolean[], p_time timestamptz[], p_received_at timestamptz[]
) returns table (stored bigint, duplicate bigint, conflict bigint, quarantined bigint, dropped bigint)
language sql volatile
set search_path = pg_catalog, pg_temp
begin atomic
    select s.stored, s.duplicate, s.conflict, s.quarantined, s.dropped
    from ingest.store_status_since('-infinity', 'replay', p_topic, p_is_online, p_time, p_received_at) as s;
end;

comment on function ingest.replay_status is
'Stores the status of devices that was quarantined, of any time; the ledger counts it under the source replay';
