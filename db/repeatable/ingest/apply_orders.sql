-- Turns orders of a machine into assertions of runs. What two orders claim for two lots at once is given to neither:
-- it is shown in api.conflict. So the outcome does not depend on which order was read first.
create or replace function ingest.apply_orders(p_machine_id int, p_from timestamptz, p_to timestamptz) returns int
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
declare
    v_window tstzrange := tstzrange(p_from, nullif(p_to, 'infinity'), case when p_to = 'infinity' then '[)' else '[]' end);
    v_one record;
    v_assertion_id int;
    v_from timestamptz;
    v_to timestamptz;
    v_count int := 0;
    v_causes text[] := '{}';
begin
    perform pg_advisory_xact_lock(1819244146, p_machine_id);
    for v_one in
        with wanted as (
            select n.source, n.key, n.lot_id, n.operator_id, x.part as during
            from ingest.order_span as n
            cross join lateral unnest(tstzmultirange(n.during) - coalesce((
                select range_agg(o.during) from ingest.order_span as o
                where o.machine_id = n.machine_id and o.lot_id <> n.lot_id and o.during && n.during
            ), '{}')) as x (part)
            where n.machine_id = p_machine_id and n.during && v_window
        ),
        held as (
            select p.source, p.key, a.lot_id, a.operator_id, a.during, a.assertion_id
            from ingest.order_assertion as p
            join plant.run_assertion as a using (assertion_id)
            where a.machine_id = p_machine_id and a.withdrawn_at is null and a.during && v_window
        )
        select coalesce(w.source, h.source) as source, coalesce(w.key, h.key) as key,
            w.lot_id, w.operator_id, coalesce(w.during, h.during) as during, h.assertion_id
        from wanted as w
        full join held as h on
            h.source = w.source and h.key = w.key and h.lot_id = w.lot_id and h.during = w.during
            and h.operator_id is not distinct from w.operator_id
        where w.key is null or h.key is null
        order by h.assertion_id nulls last, lower(w.during), coalesce(w.source, h.source), coalesce(w.key, h.key)
    loop
        if v_one.assertion_id is not null then
            update plant.run_assertion set withdrawn_at = now() where assertion_id = v_one.assertion_id;
        else
            insert into plant.run_assertion (machine_id, lot_id, operator_id, during, source, reason)
            values (
                p_machine_id, v_one.lot_id, v_one.operator_id, v_one.during, 'declared',
                format('order %s of %s', v_one.key, v_one.source)
            )
            returning assertion_id into v_assertion_id;
            insert into ingest.order_assertion (assertion_id, source, key)
            values (v_assertion_id, v_one.source, v_one.key);
        end if;
        v_from := least(v_from, lower(v_one.during));
        v_to := greatest(v_to, coalesce(upper(v_one.during), 'infinity'));
        v_count := v_count + 1;
        if v_count <= 3 then
            v_causes := v_causes || format('%s of %s', v_one.key, v_one.source);
        end if;
    end loop;
    if v_count > 0 then
        perform plant.resolve_runs(
            p_machine_id, v_from, v_to,
            format('orders: %s%s', array_to_string(v_causes, ', '), case when v_count > 3 then ' and others' else '' end)
        );
    end if;
    return v_count;
end
$$;

comment on function ingest.apply_orders is
'Makes assertions of a machine equal to what its orders say in a range; says how many changed';
