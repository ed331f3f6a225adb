-- Readings of a topic that no sensor has are not lost: they wait, within limits, until somebody
-- makes the topic a sensor. Beyond the limits one row of quarantine per topic counts them.
create or replace function ingest.hold_readings(
    p_topic text[], p_time timestamptz[], p_value float8[], p_has_claim boolean[], p_lot text[],
    p_reference text[], p_operator text[], p_machine text[], p_received_at timestamptz[]
) returns void
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
declare
    v_topics bigint := (select value::bigint from ops.setting where name = 'held_topics');
    v_limit bigint;
begin
    insert into ingest.unknown_topic as t (topic, first_at, last_at, readings, last_value)
    select k.topic, k.first_at, k.last_at, k.readings, k.last_value
    from (
        select
            o.*, t.topic is not null as is_known,
            row_number() over (partition by t.topic is null order by o.topic) as nth
        from (
            select
                topic, coalesce(min(received_at), now()) as first_at,
                coalesce(max(received_at), now()) as last_at, count(*) as readings,
                (array_agg(value order by time desc))[1] as last_value
            from unnest(p_topic, p_time, p_value, p_received_at) as u (topic, time, value, received_at)
            group by topic
        ) as o
        left join ingest.unknown_topic as t on t.topic = o.topic
    ) as k
    where k.is_known or k.nth <= v_topics - (select count(*) from ingest.unknown_topic)
    order by k.topic
    on conflict (topic) do update set
        last_at = greatest(t.last_at, excluded.last_at),
        readings = t.readings + excluded.readings,
        last_value = excluded.last_value;

    v_limit := ingest.held_limit();
    insert into ingest.held_reading
        (topic, time, value, has_claim, lot, reference, operator, machine, received_at)
    select u.topic, u.time, u.value, coalesce(u.has_claim, false), u.lot, u.reference, u.operator, u.machine,
        coalesce(u.received_at, now())
    from unnest(p_topic, p_time, p_value, p_has_claim, p_lot, p_reference, p_operator, p_machine, p_received_at)
        as u (topic, time, value, has_claim, lot, reference, operator, machine, received_at)
    join ingest.unknown_topic as t on t.topic = u.topic and t.readings <= v_limit
    order by u.topic, u.time, u.value
    on conflict (topic, time, value) do nothing;

    perform ingest.put_quarantine(
        array_agg(u.topic), array_agg(''::bytea), array_agg(0), array_agg('unknown_sensor'::text),
        array_agg('more than this many topics or readings are not held'::text), array_agg(u.received_at)
    )
    from unnest(p_topic, p_received_at) as u (topic, received_at)
    left join ingest.unknown_topic as t on t.topic = u.topic and t.readings <= v_limit
    where t.topic is null
    having count(*) > 0;
end
$$;

comment on function ingest.hold_readings is
'Keeps readings of topics that no sensor has yet, within the limits of ops.setting';
