-- A topic became a sensor: what was held back for it goes in now. Call it in the transaction that
-- creates the sensor. The lock waits for batches that are putting readings aside; those that come
-- later see the sensor. The window of the past does not apply: these readings were in time when
-- they came.
create or replace function ingest.replay_held(p_topic text)
returns table (stored bigint, duplicate bigint, conflict bigint, quarantined bigint, dropped bigint)
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
begin
    if not exists (select from plant.sensor where topic = p_topic and is_enabled) then
        raise exception 'no enabled sensor has the topic "%"', p_topic
            using hint = format('Run lotwatt sensor adopt %s, or enable its sensor.', p_topic);
    end if;
    perform pg_advisory_xact_lock(hashtext('ingest.held_reading'));
    delete from ingest.unknown_topic where topic = p_topic;
    return query
    with held as (
        delete from ingest.held_reading where topic = p_topic
        returning topic, time, value, has_claim, lot, reference, operator, machine, received_at
    )
    select s.stored, s.duplicate, s.conflict, s.quarantined, s.dropped
    from (
        select
            array_agg(topic order by time) as topic, array_agg(time order by time) as time,
            array_agg(value order by time) as value, array_agg(has_claim order by time) as has_claim,
            array_agg(lot order by time) as lot, array_agg(reference order by time) as reference,
            array_agg(operator order by time) as operator, array_agg(machine order by time) as machine,
            array_agg(received_at order by time) as received_at
        from held
    ) as h
    cross join lateral ingest.store_since(
        '-infinity', 'held', 0, h.topic, h.time, h.value, h.has_claim, h.lot, h.reference, h.operator,
        h.machine, h.received_at
    ) as s;
end
$$;

comment on function ingest.replay_held is
'Stores what was held back for a topic that now has a sensor; the ledger counts it under the source held';
