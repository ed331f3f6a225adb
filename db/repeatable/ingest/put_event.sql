-- Stores lot events and queues the attribution of their machines. What an event names for the first
-- time is created. The lots are locked first: two batches about one lot take turns, and the second
-- sees the events of the first.
create or replace function ingest.put_event(
    p_machine_id int[], p_fate text[], p_event text[], p_time timestamptz[], p_lot text[], p_reference text[],
    p_operator text[], p_good float8[], p_scrap float8[], p_received_at timestamptz[],
    out stored bigint, out duplicate bigint, out conflicting int[]
)
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
    v_lot_ids int[];
    v_unstored int[];
begin
    -- as claims and people do: two that make the same lots in another order would deadlock
    perform pg_advisory_xact_lock(1819244148);
    insert into plant.operator (code)
    select distinct u.code from unnest(p_operator, p_fate) as u (code, fate)
    where u.fate = 'store' and u.code is not null
        and not exists (select from plant.operator as x where x.code = u.code)
    order by u.code on conflict (code) do nothing;
    insert into plant.reference (code, source)
    select distinct u.code, 'event'::plant.run_source from unnest(p_reference, p_fate) as u (code, fate)
    where u.fate = 'store' and u.code is not null
        and not exists (select from plant.reference as x where x.code = u.code)
    order by u.code on conflict (code) do nothing;
    update plant.reference set source = 'event' where code = any (p_reference) and source = 'payload';
    insert into plant.lot (number, source)
    select distinct u.number, 'event'::plant.run_source from unnest(p_lot, p_fate) as u (number, fate)
    where u.fate = 'store' and not exists (select from plant.lot as x where x.number = u.number)
    order by u.number on conflict (number) do nothing;
    perform from plant.lot where number = any (p_lot) order by lot_id for no key update;

    with offered as materialized (
        select
            u.*, l.lot_id,
            row_number() over (partition by u.machine_id, u.time, u.lot, u.event order by u.ord) as nth
        from unnest(
            p_machine_id, p_fate, p_event, p_time, p_lot, p_reference, p_operator, p_good, p_scrap, p_received_at
        ) with ordinality as u (
            machine_id, fate, event, time, lot, reference, operator, good, scrap, received_at, ord
        )
        join plant.lot as l on l.number = u.lot
        where u.fate = 'store'
    ),
    inserted as (
        insert into plant.lot_event as e (
            machine_id, lot_id, operator_id, reference_id, event, occurred_at, good_quantity, scrap_quantity,
            received_at
        )
        select
            o.machine_id, o.lot_id, p.operator_id, f.reference_id, o.event, o.time, o.good, o.scrap,
            coalesce(o.received_at, now())
        from offered as o
        left join plant.operator as p on p.code = o.operator
        left join plant.reference as f on f.code = o.reference
        where o.nth = 1
        order by o.machine_id, o.time, o.lot_id, o.event
        on conflict (machine_id, occurred_at, lot_id, event) do nothing
        returning e.machine_id, e.lot_id, e.event, e.occurred_at
    ),
    dirtied as (
        insert into telemetry.dirty_run (machine_ids, from_time, to_time, cause)
        select array[i.machine_id], i.occurred_at, i.occurred_at, format('event %s %s', i.event, l.number)
        from inserted as i
        join plant.lot as l on l.lot_id = i.lot_id
    )
    select
        count(i.lot_id), array_agg(distinct i.lot_id) filter (where i.lot_id is not null),
        array_agg(o.ord) filter (where i.lot_id is null)
    into stored, v_lot_ids, v_unstored
    from offered as o
    left join inserted as i on
        i.machine_id = o.machine_id and i.lot_id = o.lot_id and i.event = o.event
        and i.occurred_at = o.time and o.nth = 1;

    if v_lot_ids is not null then
        perform ingest.apply_lot_event(v_lot_ids);
    end if;

    -- An event that is there already and says the same is a duplicate; saying something else is not.
    select count(*) filter (where s.is_same), array_agg(s.n) filter (where not s.is_same)
    into duplicate, conflicting
    from (
        select
            n, (f.code, p.code, e.good_quantity, e.scrap_quantity)
            is not distinct from (p_reference[n], p_operator[n], p_good[n], p_scrap[n]) as is_same
        from unnest(v_unstored) as n
        join plant.lot as l on l.number = p_lot[n]
        join plant.lot_event as e on
            e.machine_id = p_machine_id[n] and e.lot_id = l.lot_id and e.event = p_event[n]
            and e.occurred_at = p_time[n]
        left join plant.reference as f on f.reference_id = e.reference_id
        left join plant.operator as p on p.operator_id = e.operator_id
    ) as s;
end
$$;

comment on function ingest.put_event is
'Stores the lot events whose fate is store; gives back the positions of those that contradict a stored one';
