-- The status of devices, in whatever order it arrives: what is kept is what was said when, and the latest
-- time decides what holds now. The same said again is a duplicate; both said of one instant is a conflict,
-- and offline holds, as it does no harm to look.
create or replace function ingest.store_status_since(
    p_oldest timestamptz, p_source text, p_topic text[], p_is_online boolean[], p_time timestamptz[],
    p_received_at timestamptz[]
) returns table (stored bigint, duplicate bigint, conflict bigint, quarantined bigint, dropped bigint)
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
    v_latest timestamptz := (select now() + value::interval from ops.setting where name = 'future_window');
    v_fate text[];
    v_stored bigint;
    v_duplicate bigint;
    v_conflict bigint;
    v_quarantined bigint;
begin
    select array_agg(
        case
            when o.topic !~ './status$' then 'not_a_status'
            when o.is_online is null then 'value_null'
            when o.time is null then 'time_missing'
            when o.time < p_oldest then 'time_past'
            when o.time > v_latest then 'time_future'
            else 'store'
        end order by o.ord
    )
    into v_fate
    from unnest(p_topic, p_is_online, p_time) with ordinality as o (topic, is_online, time, ord);

    perform ingest.put_device(array_agg(left(u.topic, -7)), array_agg(u.received_at))
    from unnest(v_fate, p_topic, p_received_at) as u (fate, topic, received_at)
    where u.fate = 'store'
    having count(*) > 0;

    select array_agg(
        case when u.fate = 'store' and d.topic is null then 'too_many_devices' else u.fate end order by u.ord
    )
    into v_fate
    from unnest(v_fate, p_topic) with ordinality as u (fate, topic, ord)
    left join ingest.device as d on d.topic = left(u.topic, -7);

    with offered as materialized (
        select
            left(u.topic, -7) as topic, u.time, u.is_online,
            row_number() over (partition by u.topic, u.time order by u.ord) as nth
        from unnest(v_fate, p_topic, p_time, p_is_online) with ordinality as u (fate, topic, time, is_online, ord)
        where u.fate = 'store'
    ),
    -- What a batch says of one instant is made one first, so that its order does not matter either.
    instant as (
        select
            o.topic, o.time, bool_and(o.is_online) as is_online,
            bool_and(o.is_online) <> bool_or(o.is_online) as is_contradicted
        from offered as o
        group by o.topic, o.time
    ),
    there as materialized (
        select s.topic, s.time, s.is_online
        from instant as i
        join ingest.device_status as s on s.topic = i.topic and s.time = i.time
    ),
    written as (
        insert into ingest.device_status as s (topic, time, is_online, is_contradicted)
        select i.topic, i.time, i.is_online, i.is_contradicted
        from instant as i
        order by i.topic, i.time
        on conflict (topic, time) do update set
            is_online = s.is_online and excluded.is_online,
            is_contradicted = s.is_contradicted or excluded.is_contradicted or s.is_online <> excluded.is_online
        where s.is_online <> excluded.is_online or excluded.is_contradicted
    ),
    judged as (
        select
            o.is_online,
            o.nth > 1 or t.topic is not null as is_again,
            coalesce(
                t.is_online, first_value(o.is_online) over (partition by o.topic, o.time order by o.nth)
            ) as was_online
        from offered as o
        left join there as t on t.topic = o.topic and t.time = o.time
    )
    select
        count(*) filter (where not j.is_again),
        count(*) filter (where j.is_again and j.is_online = j.was_online),
        count(*) filter (where j.is_again and j.is_online <> j.was_online)
    into v_stored, v_duplicate, v_conflict
    from judged as j;

    v_quarantined := coalesce(cardinality(v_fate), 0) - v_stored - v_duplicate - v_conflict;
    if v_quarantined > 0 then
        perform ingest.put_quarantine(
            array_agg(j.topic), array_agg(j.payload), array_agg(length(j.payload)), array_agg(j.fate),
            array_agg(null::text), array_agg(j.received_at), true
        )
        from (
            select
                u.topic, u.fate, u.received_at,
                convert_to(json_strip_nulls(json_build_object(
                    'time', u.time,
                    'status', case when u.is_online then 'online' when not u.is_online then 'offline' end
                ))::text, 'UTF8') as payload
            from unnest(v_fate, p_topic, p_is_online, p_time, p_received_at)
                as u (fate, topic, is_online, time, received_at)
            where u.fate <> 'store'
        ) as j;
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

comment on function ingest.store_status_since is
'Stores the status of devices not older than p_oldest; says how many ended in which way';
