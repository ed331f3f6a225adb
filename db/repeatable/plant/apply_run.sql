create or replace function plant.apply_run(p_item jsonb)
returns table (object text, name text, action text, old_value jsonb, new_value jsonb)
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
    v_before int;
    v_after int;
begin
    select max(a.assertion_id) into v_before from plant.run_assertion as a;
    v_after := plant.assign_run(
        p_item ->> 'machine', p_item ->> 'lot', (p_item ->> 'from')::timestamptz, (p_item ->> 'to')::timestamptz,
        p_item ->> 'operator', 'declared', 'plant apply'
    );
    if v_after > coalesce(v_before, 0) then
        return query select
            'run'::text,
            format('%s on %s', coalesce(p_item ->> 'lot', 'no lot'), p_item ->> 'machine'),
            'create'::text, null::jsonb, p_item;
    end if;
end
$$;
comment on function plant.apply_run(jsonb) is 'Declares that a machine ran a lot, unless that was said before; returns what changed';
