-- Keeps what orders say; says how many were new or changed. What an order names for the first time is created, as by a
-- plant file: a list of orders declares.
create or replace function ingest.put_orders(
    p_source text, p_is_per_row boolean, p_machine_id int[], p_fate text[], p_key text[], p_lot text[],
    p_reference text[], p_started_at timestamptz[], p_finished_at timestamptz[], p_planned float8[], p_good float8[],
    p_scrap float8[], p_operator text[], out stored bigint, out duplicate bigint
)
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
    v_offered ingest.run_order[];
    v_new ingest.run_order[];
    v_old ingest.run_order[];
begin
    -- as claims, events and people do: two that make the same lots in another order would deadlock
    perform pg_advisory_xact_lock(1819244148);
    insert into plant.operator (code)
    select distinct u.code from unnest(p_operator, p_fate) as u (code, fate)
    where u.fate = 'store' and u.code is not null
    order by u.code on conflict (code) do nothing;
    insert into plant.reference (code, source)
    select distinct u.code, 'declared'::plant.run_source from unnest(p_reference, p_fate) as u (code, fate)
    where u.fate = 'store' and u.code is not null
    order by u.code on conflict (code) do nothing;
    insert into plant.lot (number, source)
    select distinct u.number, 'declared'::plant.run_source from unnest(p_lot, p_fate) as u (number, fate)
    where u.fate = 'store'
    order by u.number on conflict (number) do nothing;

    select array_agg(row(
        p_source, u.key, u.machine_id, l.lot_id, f.reference_id, o.operator_id, tstzrange(u.started_at, u.finished_at),
        u.planned, u.good, u.scrap, p_is_per_row, false, now(), now()
    )::ingest.run_order)
    into v_offered
    from unnest(
        p_machine_id, p_fate, p_key, p_lot, p_reference, p_started_at, p_finished_at, p_planned, p_good, p_scrap, p_operator
    ) as u (machine_id, fate, key, lot, reference, started_at, finished_at, planned, good, scrap, operator)
    join plant.lot as l on l.number = u.lot
    left join plant.reference as f on f.code = u.reference
    left join plant.operator as o on o.code = u.operator
    where u.fate = 'store';

    select array_agg(x.new_order) filter (where x.is_new), array_agg(x.old_order) filter (where x.is_new and x.is_known),
        count(*) filter (where not x.is_new)
    into v_new, v_old, duplicate
    from (
        select n as new_order, h as old_order, h.key is not null as is_known, (
            n.machine_id, n.lot_id, n.reference_id, n.operator_id, n.during, n.planned_quantity, n.good_quantity,
            n.scrap_quantity, n.is_per_row, n.is_withdrawn
        ) is distinct from (
            h.machine_id, h.lot_id, h.reference_id, h.operator_id, h.during, h.planned_quantity, h.good_quantity,
            h.scrap_quantity, h.is_per_row, h.is_withdrawn
        ) as is_new
        from unnest(v_offered) as n
        left join ingest.run_order as h on h.source = n.source and h.key = n.key
    ) as x;
    stored := coalesce(cardinality(v_new), 0);

    update ingest.run_order as o set last_at = now()
    from unnest(v_offered) as n
    where o.source = n.source and o.key = n.key;
    insert into ingest.run_order as o
    select n.* from unnest(v_new) as n
    order by n.key
    on conflict (source, key) do update set
        machine_id = excluded.machine_id, lot_id = excluded.lot_id, reference_id = excluded.reference_id,
        operator_id = excluded.operator_id, during = excluded.during, planned_quantity = excluded.planned_quantity,
        good_quantity = excluded.good_quantity, scrap_quantity = excluded.scrap_quantity,
        is_per_row = excluded.is_per_row, is_withdrawn = false, last_at = excluded.last_at;
    if stored > 0 then
        perform ingest.follow_orders(coalesce(v_old, '{}') || v_new);
    end if;
end
$$;

comment on function ingest.put_orders is
'Keeps the orders whose fate is store, and brings runs and lots in line; says how many were new or changed';
