-- One object of a plant file. An error names the object, whatever it was that went wrong.
create or replace function plant.apply_item(p_object text, p_name text, p_item jsonb)
returns table (object text, name text, action text, old_value jsonb, new_value jsonb)
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
    v_message text;
    v_detail text;
    v_hint text;
    v_rule text;
begin
    if p_object = 'shift' and not p_item ? 'rules' then
        perform plant.check_shift(p_item ->> 'site', p_item ->> 'name');
    end if;
    return query
    select * from plant.apply_site(p_item) where p_object = 'site'
    union all select * from plant.apply_line(p_item) where p_object = 'line'
    union all select * from plant.apply_machine(p_item) where p_object = 'machine'
    union all select * from plant.apply_operator(p_item) where p_object = 'operator'
    union all select * from plant.apply_reference(p_item) where p_object = 'reference'
    union all select * from plant.apply_sensor(p_item) where p_object = 'sensor'
    union all select * from plant.apply_lot(p_item) where p_object = 'lot'
    union all select * from plant.apply_shift(p_item ->> 'site', p_item ->> 'name', p_item -> 'rules')
    where p_object = 'shift' and p_item ? 'rules'
    union all select * from plant.apply_run(p_item) where p_object = 'run'
    union all select * from plant.apply_planned_run(p_item) where p_object = 'planned run'
    union all select * from plant.apply_driver(p_item) where p_object = 'driver'
    union all select * from plant.apply_driver_value(p_item) where p_object = 'driver value'
    union all select * from plant.apply_tariff(p_item) where p_object = 'tariff'
    union all select * from plant.apply_emission_factor(p_item) where p_object = 'emission factor';
exception
    when integrity_constraint_violation or data_exception or no_data_found then
        get stacked diagnostics v_message = message_text, v_detail = pg_exception_detail, v_hint = pg_exception_hint,
            v_rule = constraint_name;
        select coalesce(obj_description(c.oid, 'pg_constraint'), 'it breaks the rule ' || pg_get_constraintdef(c.oid)) into v_rule
        from pg_constraint as c
        where c.conname = v_rule and c.contype = 'c' and c.connamespace = 'plant'::regnamespace;
        v_message := coalesce(v_rule, v_message);
        raise exception '% %: %', p_object, p_name, v_message
            using errcode = sqlstate, detail = v_detail,
                hint = coalesce(nullif(v_hint, ''), 'Correct it in the plant file; docs/glossary.md says what each word means.');
end
$$;
comment on function plant.apply_item(text, text, jsonb) is 'Makes one object of a plant file as declared; returns what changed';
