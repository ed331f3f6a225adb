-- As ingest.import_readings, for lot events.
create or replace function ingest.import_events(
    p_source text, p_topic text[], p_event text[], p_time timestamptz[], p_lot text[], p_reference text[],
    p_operator text[], p_good float8[], p_scrap float8[], p_received_at timestamptz[]
) returns table (stored bigint, duplicate bigint, conflict bigint, quarantined bigint, dropped bigint)
language sql volatile security definer
set search_path = pg_catalog, pg_temp
begin atomic
    select s.stored, s.duplicate, s.conflict, s.quarantined, s.dropped
    from ingest.store_event_since(
        '-infinity', p_source, p_topic, p_event, p_time, p_lot, p_reference, p_operator, p_good, p_scrap,
        p_received_at
    ) as s;
end;

comment on function ingest.import_events is 'Stores lot events that a file or an API says of any time';
