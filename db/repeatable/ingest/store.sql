-- What the loader calls: one call a batch, one row of counts back. Safe to repeat: readings that are
-- there already are counted as duplicates. Readings that carry no claim may leave p_has_claim and
-- what follows it NULL.
create or replace function ingest.store(
    p_source text, p_messages int, p_topic text[], p_time timestamptz[], p_value float8[],
    p_has_claim boolean[], p_lot text[], p_reference text[], p_operator text[], p_machine text[],
    p_received_at timestamptz[]
) returns table (stored bigint, duplicate bigint, conflict bigint, quarantined bigint, dropped bigint)
language sql volatile security definer
set search_path = pg_catalog, pg_temp
begin atomic
    select s.stored, s.duplicate, s.conflict, s.quarantined, s.dropped
    from ingest.store_since(
        (select now() - value::interval from ops.setting where name = 'past_window'),
        p_source, p_messages, p_topic, p_time, p_value,
        p_has_claim, p_lot, p_reference, p_operator, p_machine, p_received_at
    ) as s;
end;

comment on function ingest.store is
'Stores a batch of readings by topic; every one ends as stored, duplicate, conflict, quarantined or dropped';
