-- What is not stored now: readings of unknown topics are held, those whose time cannot be right go
-- to quarantine with their payload made anew, as it was one value of perhaps many.
create or replace function ingest.set_aside(
    p_fate text[], p_topic text[], p_time timestamptz[], p_value float8[], p_has_claim boolean[], p_lot text[],
    p_reference text[], p_operator text[], p_machine text[], p_received_at timestamptz[]
) returns void
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
begin
    perform ingest.hold_readings(
        array_agg(u.topic), array_agg(u.time), array_agg(u.value), array_agg(u.has_claim), array_agg(u.lot),
        array_agg(u.reference), array_agg(u.operator), array_agg(u.machine), array_agg(u.received_at)
    )
    from unnest(
        p_fate, p_topic, p_time, p_value, p_has_claim, p_lot, p_reference, p_operator, p_machine, p_received_at
    ) as u (fate, topic, time, value, has_claim, lot, reference, operator, machine, received_at)
    where u.fate = 'hold'
    having count(*) > 0;

    perform ingest.put_quarantine(
        array_agg(j.topic), array_agg(j.payload), array_agg(length(j.payload)), array_agg(j.fate),
        array_agg(j.detail), array_agg(j.received_at), true
    )
    from (
        select
            u.topic, u.fate, u.received_at, format('received at %s', u.received_at) as detail,
            convert_to(case
                -- A claim of nothing is a claim: no lot is on the machine.
                when u.has_claim and u.lot is null then left(w.said, -1) || ',"lot":null}' else w.said
            end, 'UTF8') as payload
        from unnest(
            p_fate, p_topic, p_time, p_value, p_has_claim, p_lot, p_reference, p_operator, p_machine, p_received_at
        ) as u (fate, topic, time, value, has_claim, lot, reference, operator, machine, received_at)
        cross join lateral (
            select json_strip_nulls(json_build_object(
                'time', u.time, 'value', u.value, 'lot', u.lot, 'reference', u.reference,
                'operator', u.operator, 'machine', u.machine
            ))::text as said
        ) as w
        where u.fate in ('time_past', 'time_future', 'before_retention')
    ) as j
    having count(*) > 0;
end
$$;

comment on function ingest.set_aside is
'Holds readings of unknown topics and quarantines those whose time is out of bounds';
