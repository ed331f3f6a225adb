-- What differs between two objects, key by key; where there is no old one, all that the new one says.
create or replace function plant.json_difference(p_old jsonb, p_new jsonb)
returns table (old_value jsonb, new_value jsonb)
language sql immutable parallel safe
begin atomic
    select
        jsonb_object_agg(key, o.value) filter (where p_old is not null) as old_value,
        jsonb_object_agg(key, n.value) as new_value
    from jsonb_each(p_new) as n
    left join jsonb_each(p_old) as o using (key)
    where n.value is distinct from coalesce(o.value, 'null'::jsonb)
    having count(*) > 0;
end;
comment on function plant.json_difference(jsonb, jsonb) is
'Keys of the new object whose values are not those of the old one: one row, or none where nothing differs';
