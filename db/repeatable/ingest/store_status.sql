-- What the loader calls with what devices say of themselves, mostly by their last will.
create or replace function ingest.store_status(
    p_source text, p_topic text[], p_is_online boolean[], p_time timestamptz[], p_received_at timestamptz[]
) returns table (stored bigint, duplicate bigint, conflict bigint, quarantined bigint, dropped bigint)
language sql volatile security definer
set search_path = pg_catalog, pg_temp
begin atomic
    select s.stored, s.duplicate, s.conflict, s.quarantined, s.dropped
    from ingest.store_status_since(
        (select now() - value::interval from ops.setting where name = 'past_window'),
        p_source, p_topic, p_is_online, p_time, p_received_at
    ) as s;
end;

comment on function ingest.store_status is
'Stores the status of devices by topic; every one ends as stored, duplicate, conflict or quarantined';
