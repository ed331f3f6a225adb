-- What changed on one declared object, as a person is told it; nothing where nothing differs.
create or replace function plant.change_of(p_object text, p_name text, p_old jsonb, p_new jsonb)
returns table (object text, name text, action text, old_value jsonb, new_value jsonb)
language sql stable
begin atomic
    select
        p_object,
        p_name,
        case when p_old is null then 'create' else 'change' end,
        d.old_value,
        d.new_value
    from plant.json_difference(p_old, p_new) as d;
end;
comment on function plant.change_of(text, text, jsonb, jsonb) is
'What changed on one object; no row where nothing changed';
