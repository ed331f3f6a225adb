-- The way of a reading into the database. Each one gets a fate: out of the window and before the
-- retention horizon (quarantined), of an unknown topic (held), of a disabled sensor (dropped), or
-- stored. Readings are held under a shared lock that ingest.replay_held takes alone: otherwise a
-- reading could be put aside just after its topic became a sensor, and wait for ever.
create or replace function ingest.store_since(
    p_oldest timestamptz, p_source text, p_messages int, p_topic text[], p_time timestamptz[], p_value float8[],
    p_has_claim boolean[], p_lot text[], p_reference text[], p_operator text[], p_machine text[],
    p_received_at timestamptz[]
) returns table (stored bigint, duplicate bigint, conflict bigint, quarantined bigint, dropped bigint)
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
    v_latest timestamptz := (select now() + value::interval from ops.setting where name = 'future_window');
    v_raw_from timestamptz := (select raw_from from telemetry.horizon);
    v_sensor_id int[];
    v_fate text[];
    v_stored bigint;
    v_unstored int[];
    v_duplicate bigint := 0;
    v_conflict bigint := 0;
    v_quarantined bigint;
    v_dropped bigint;
begin
    for v_attempt in 1..2 loop
        select array_agg(s.sensor_id order by o.ord), array_agg(
            case
                when o.time < p_oldest then 'time_past'
                when o.time > v_latest then 'time_future'
                when o.time < v_raw_from then 'before_retention'
                when s.sensor_id is null then 'hold'
                when s.is_enabled then 'store'
                else 'drop'
            end order by o.ord
        )
        into v_sensor_id, v_fate
        from unnest(p_topic, p_time) with ordinality as o (topic, time, ord)
        left join plant.sensor as s on s.topic = o.topic;
        exit when not coalesce('hold' = any (v_fate), false);
        perform pg_advisory_xact_lock_shared(hashtext('ingest.held_reading'));
    end loop;

    select p.stored, p.unstored into v_stored, v_unstored
    from ingest.put_readings(
        v_sensor_id, v_fate,
        ingest.claim_ids(v_fate, p_has_claim, p_lot, p_reference, p_operator, p_machine),
        p_time, p_value, p_received_at
    ) as p;

    if v_unstored is not null then
        select c.duplicate, c.conflict into v_duplicate, v_conflict
        from (
            select
                array_agg(v_sensor_id[n]) as sensor_id, array_agg(p_time[n]) as time,
                array_agg(p_value[n]) as value
            from unnest(v_unstored) as n
        ) as u
        cross join lateral ingest.put_conflict(p_source, u.sensor_id, u.time, u.value) as c;
    end if;

    select count(*) filter (where f not in ('store', 'drop')), count(*) filter (where f = 'drop')
    into v_quarantined, v_dropped
    from unnest(v_fate) as f;

    if v_quarantined > 0 then
        perform ingest.set_aside(
            v_fate, p_topic, p_time, p_value, p_has_claim, p_lot, p_reference, p_operator, p_machine,
            p_received_at
        );
        perform ingest.put_ledger_reason(p_source, p_received_at[1], 'quarantined', array_replace(
            array_remove(array_remove(v_fate, 'store'), 'drop'), 'hold', 'unknown_sensor'
        ));
    end if;
    if v_dropped > 0 then
        perform ingest.put_ledger_reason(
            p_source, p_received_at[1], 'dropped', array['disabled_sensor'], v_dropped
        );
    end if;
    perform ingest.put_ledger(
        p_source, p_received_at[1], p_messages, v_stored, v_duplicate, v_conflict, v_quarantined, v_dropped
    );
    return query select v_stored, v_duplicate, v_conflict, v_quarantined, v_dropped;
end
$$;

comment on function ingest.store_since is
'Stores a batch of readings not older than p_oldest; says how many ended in which way';
