-- For people who replay what was quarantined, and not for the loader: somebody decided that it belongs in, so
-- the window of the past does not apply. The retention horizon still does. Readings of topics that no sensor
-- has are held, as any; where the limits of that are reached, it fails, as what is replayed leaves the quarantine.
create or replace function ingest.replay(
    p_topic text[], p_time timestamptz[], p_value float8[], p_has_claim boolean[], p_lot text[],
    p_reference text[], p_operator text[], p_machine text[], p_received_at timestamptz[]
) returns table (stored bigint, duplicate bigint, conflict bigint, quarantined bigint, dropped bigint)
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
    v_topic text;
begin
    return query
    select s.stored, s.duplicate, s.conflict, s.quarantined, s.dropped
    from ingest.store_since(
        '-infinity', 'replay', 0, p_topic, p_time, p_value, p_has_claim, p_lot, p_reference, p_operator,
        p_machine, p_received_at
    ) as s;
    select u.topic into v_topic
    from unnest(p_topic) as u (topic)
    where not exists (select from plant.sensor as s where s.topic = u.topic)
        and not exists (
            select from ingest.unknown_topic as t
            where t.topic = u.topic and t.readings <= ingest.held_limit()
        )
    limit 1;
    if found then
        raise exception 'no sensor has the topic "%", and no more can be held for it', v_topic
            using hint = 'Adopt it with lotwatt sensor adopt, then replay again.';
    end if;
end
$$;

comment on function ingest.replay is
'Stores readings that were quarantined, of any time; the ledger counts them under the source replay';
