-- Writes the audit of one declared object and hands the difference on; nothing where nothing differs.
create or replace function plant.record_change(p_object text, p_name text, p_old jsonb, p_new jsonb, p_reason text)
returns table (object text, name text, action text, old_value jsonb, new_value jsonb)
language sql volatile
begin atomic
    insert into plant.audit (object, name, old_value, new_value, reason)
    select
        p_object,
        p_name,
        d.old_value,
        d.new_value,
        p_reason
    from plant.json_difference(p_old, p_new) as d;
    select
        p_object,
        p_name,
        case when p_old is null then 'create' else 'change' end,
        d.old_value,
        d.new_value
    from plant.json_difference(p_old, p_new) as d;
end;
comment on function plant.record_change(text, text, jsonb, jsonb, text) is
'Writes what changed on one object to plant.audit and returns it; no row where nothing changed';
