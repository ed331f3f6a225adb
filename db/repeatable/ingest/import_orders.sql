-- What a list of orders says: which lot ran where and when, of what, how many. It declares, so that a person's
-- correction stays and what readings claim gives way. An order that is said again otherwise replaces what it said
-- before. One that has not started yet is a plan and no run: it is counted and left for the next time.
create or replace function ingest.import_orders(
    p_source text, p_is_per_row boolean, p_key text[], p_lot text[], p_reference text[], p_machine text[],
    p_started_at timestamptz[], p_finished_at timestamptz[], p_planned float8[], p_good float8[], p_scrap float8[],
    p_operator text[], p_received_at timestamptz[]
) returns table (stored bigint, duplicate bigint, conflict bigint, quarantined bigint, dropped bigint)
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
    v_latest timestamptz := (select now() + value::interval from ops.setting where name = 'future_window');
    v_machine_id int[];
    v_fate text[];
    v_stored bigint;
    v_duplicate bigint;
    v_repeated bigint;
    v_quarantined bigint;
    v_dropped bigint;
begin
    select array_agg(x.machine_id order by x.ord),
        array_agg(
            case
                when x.fate <> 'store' or x.nth = 1 then x.fate
                when x.is_same then 'again'
                else 'order_twice'
            end order by x.ord
        )
    into v_machine_id, v_fate
    from (
        select k.*, row_number() over (partition by k.key, k.fate order by k.ord) as nth,
            k.said is not distinct from first_value(k.said) over (partition by k.key, k.fate order by k.ord) as is_same
        from (
            select o.ord, m.machine_id, o.key,
                (o.lot, o.reference, m.machine_id, o.started_at, o.finished_at, o.planned, o.good, o.scrap, o.operator)::text as said,
                case
                    when o.lot is null then 'lot_missing'
                    when o.started_at is null then 'time_missing'
                    when o.finished_at <= o.started_at then 'order_ends_first'
                    when least(o.planned, o.good, o.scrap) < 0 then 'value_out_of_range'
                    when o.started_at > v_latest then 'not_started'
                    when m.machine_id is null then 'unknown_machine'
                    else 'store'
                end as fate
            from unnest(
                p_key, p_lot, p_reference, p_machine, p_started_at, p_finished_at, p_planned, p_good, p_scrap, p_operator
            ) with ordinality as o (
                key, lot, reference, machine, started_at, finished_at, planned, good, scrap, operator, ord
            )
            left join plant.machine as m on m.code = o.machine or m.topic = o.machine
        ) as k
    ) as x;

    select p.stored, p.duplicate into v_stored, v_duplicate
    from ingest.put_orders(
        p_source, p_is_per_row, v_machine_id, v_fate, p_key, p_lot, p_reference, p_started_at, p_finished_at,
        p_planned, p_good, p_scrap, p_operator
    ) as p;
    select count(*) filter (where f = 'again'), count(*) filter (where f = 'not_started'),
        count(*) filter (where f not in ('store', 'again', 'not_started'))
    into v_repeated, v_dropped, v_quarantined
    from unnest(v_fate) as f;
    v_duplicate := v_duplicate + v_repeated;

    if v_quarantined > 0 then
        perform ingest.put_quarantine(
            array_agg(j.topic), array_agg(j.payload), array_agg(length(j.payload)), array_agg(j.fate),
            array_agg(null::text), array_agg(j.received_at), true
        )
        from (
            select p_source as topic, u.fate, u.received_at, convert_to(json_strip_nulls(json_build_object(
                'order', u.key, 'lot', u.lot, 'reference', u.reference, 'machine', u.machine, 'start', u.started_at,
                'end', u.finished_at, 'planned', u.planned, 'good', u.good, 'scrap', u.scrap, 'operator', u.operator
            ))::text, 'UTF8') as payload
            from unnest(
                v_fate, p_key, p_lot, p_reference, p_machine, p_started_at, p_finished_at, p_planned, p_good, p_scrap,
                p_operator, p_received_at
            ) as u (
                fate, key, lot, reference, machine, started_at, finished_at, planned, good, scrap, operator, received_at
            )
            where u.fate not in ('store', 'again', 'not_started')
        ) as j;
        perform ingest.put_ledger_reason(p_source, p_received_at[1], 'quarantined', array_remove(array_remove(
            array_remove(v_fate, 'store'), 'again'), 'not_started'));
    end if;
    if v_dropped > 0 then
        perform ingest.put_ledger_reason(p_source, p_received_at[1], 'dropped', array['not_started'], v_dropped);
    end if;
    perform ingest.put_ledger(p_source, p_received_at[1], 0, v_stored, v_duplicate, 0, v_quarantined, v_dropped);
    return query select v_stored, v_duplicate, 0::bigint, v_quarantined, v_dropped;
end
$$;

comment on function ingest.import_orders is
'Stores a list of orders (lot, machine, from when to when); every one ends as stored, duplicate, quarantined or dropped';
