-- Writes the audit of one declared object and hands the difference on; nothing where nothing differs. Sensors and
-- references are recorded by their tables (plant.audit_row), whoever changes them.
create or replace function plant.record_change(p_object text, p_name text, p_old jsonb, p_new jsonb, p_reason text)
returns table (object text, name text, action text, old_value jsonb, new_value jsonb)
language sql volatile
begin atomic
    insert into plant.audit (object, name, old_value, new_value, reason)
    select
        c.object,
        c.name,
        c.old_value,
        c.new_value,
        p_reason
    from plant.change_of(p_object, p_name, p_old, p_new) as c;
    select
        c.object,
        c.name,
        c.action,
        c.old_value,
        c.new_value
    from plant.change_of(p_object, p_name, p_old, p_new) as c;
end;
comment on function plant.record_change(text, text, jsonb, jsonb, text) is
'Writes what changed on one object to plant.audit and returns it; no row where nothing changed';
