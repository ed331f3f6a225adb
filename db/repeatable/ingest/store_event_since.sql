-- Lot events arrive on <topic of the machine>/lot. An event of a machine that nobody declared, or
-- without a lot, is quarantined with its content, not guessed at. A second event for the same
-- machine, lot and instant that says something else counts as a conflict and is kept to look at.
create or replace function ingest.store_event_since(
    p_oldest timestamptz, p_source text, p_topic text[], p_event text[], p_time timestamptz[], p_lot text[],
    p_reference text[], p_operator text[], p_good float8[], p_scrap float8[], p_received_at timestamptz[]
) returns table (stored bigint, duplicate bigint, conflict bigint, quarantined bigint, dropped bigint)
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
    v_latest timestamptz := (select now() + value::interval from ops.setting where name = 'future_window');
    v_machine_id int[];
    v_fate text[];
    v_stored bigint;
    v_duplicate bigint;
    v_conflicting int[];
    v_conflict bigint;
    v_quarantined bigint;
begin
    select array_agg(m.machine_id order by o.ord), array_agg(
        case
            when o.lot is null then 'lot_missing'
            when o.event not in ('start', 'stop') then 'event_unknown'
            when o.time < p_oldest then 'time_past'
            when o.time > v_latest then 'time_future'
            when m.machine_id is null then 'unknown_machine'
            else 'store'
        end order by o.ord
    )
    into v_machine_id, v_fate
    from unnest(p_topic, p_event, p_time, p_lot) with ordinality as o (topic, event, time, lot, ord)
    left join plant.machine as m on m.topic = left(o.topic, -4) and right(o.topic, 4) = '/lot';

    select e.stored, e.duplicate, e.conflicting into v_stored, v_duplicate, v_conflicting
    from ingest.put_event(
        v_machine_id, v_fate, p_event, p_time, p_lot, p_reference, p_operator, p_good, p_scrap, p_received_at
    ) as e;
    v_conflict := coalesce(cardinality(v_conflicting), 0);
    v_quarantined := coalesce(cardinality(v_fate), 0) - v_stored - v_duplicate - v_conflict;

    perform ingest.put_quarantine(
        array_agg(j.topic), array_agg(j.payload), array_agg(length(j.payload)), array_agg(j.reason),
        array_agg(null::text), array_agg(j.received_at), true
    )
    from (
        select
            u.topic, u.received_at, case when u.fate = 'store' then 'event_conflict' else u.fate end as reason,
            convert_to(json_strip_nulls(json_build_object(
                'event', u.event, 'lot', u.lot, 'reference', u.reference, 'operator', u.operator,
                'time', u.time, 'good', u.good, 'scrap', u.scrap
            ))::text, 'UTF8') as payload
        from unnest(
            v_fate, p_topic, p_event, p_time, p_lot, p_reference, p_operator, p_good, p_scrap, p_received_at
        ) with ordinality as u (
            fate, topic, event, time, lot, reference, operator, good, scrap, received_at, ord
        )
        where u.fate <> 'store' or u.ord = any (v_conflicting)
    ) as j
    having count(*) > 0;

    if v_quarantined > 0 then
        perform ingest.put_ledger_reason(
            p_source, p_received_at[1], 'quarantined', array_remove(v_fate, 'store')
        );
    end if;
    perform ingest.put_ledger(
        p_source, p_received_at[1], 0, v_stored, v_duplicate, v_conflict, v_quarantined, 0
    );
    return query select v_stored, v_duplicate, v_conflict, v_quarantined, 0::bigint;
end
$$;

comment on function ingest.store_event_since is
'Stores lot events (start, stop) not older than p_oldest; every one ends as stored, duplicate, conflict or quarantined';
