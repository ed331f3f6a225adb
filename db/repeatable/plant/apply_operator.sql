create or replace function plant.apply_operator(p_item jsonb)
returns table (object text, name text, action text, old_value jsonb, new_value jsonb)
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
    v_code text := p_item ->> 'code';
    v_old plant.operator;
    v_new plant.operator;
begin
    select o.* into v_old from plant.operator as o where o.code = v_code for update;
    v_new := jsonb_populate_record(v_old, p_item);
    if v_old.operator_id is null then
        insert into plant.operator (code, name) values (v_new.code, v_new.name);
    elsif v_new is distinct from v_old then
        update plant.operator as o set name = v_new.name where o.operator_id = v_old.operator_id;
    end if;
    return query select * from plant.record_change(
        'operator', v_code,
        case when v_old.operator_id is not null then to_jsonb(v_old) - 'operator_id' end,
        to_jsonb(v_new) - 'operator_id',
        'plant apply'
    );
end
$$;
comment on function plant.apply_operator(jsonb) is 'Makes one operator as declared; returns what changed';
