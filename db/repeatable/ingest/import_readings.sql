-- What files and the plant's own APIs say of the past: as what the loader brings, without the window of the past. With
-- p_corrects the source is the one that knows: where it says another value than is stored, the stored one is corrected
-- and the reading counts as a duplicate of what it is now.
create or replace function ingest.import_readings(
    p_source text, p_corrects boolean, p_messages int, p_topic text[], p_time timestamptz[], p_value float8[],
    p_has_claim boolean[], p_lot text[], p_reference text[], p_operator text[], p_machine text[],
    p_received_at timestamptz[]
) returns table (stored bigint, duplicate bigint, conflict bigint, quarantined bigint, dropped bigint)
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    if p_corrects then
        perform ingest.correct_readings(p_source, p_topic, p_time, p_value);
    end if;
    return query
    select s.stored, s.duplicate, s.conflict, s.quarantined, s.dropped
    from ingest.store_since(
        '-infinity', p_source, p_messages, p_topic, p_time, p_value, p_has_claim, p_lot, p_reference, p_operator,
        p_machine, p_received_at
    ) as s;
end
$$;

comment on function ingest.import_readings is
'Stores readings that a file or an API says of any time; with p_corrects its word changes what is stored';
