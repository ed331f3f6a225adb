-- Who changed what decides figures, alarms or what is let in, whichever way: a plant file, or SQL by hand. Arguments
-- of a trigger: what the object is called, the column of its name, columns that say nothing to a person. The setting
-- lotwatt.reason says why, where who changes it knows; who, when and what come from the database alone.
create or replace function plant.audit_row() returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_old jsonb := case when tg_op in ('UPDATE', 'DELETE') then to_jsonb(old) end;
    v_new jsonb := case when tg_op in ('INSERT', 'UPDATE') then to_jsonb(new) end;
    v_name text := coalesce(v_new, v_old) ->> tg_argv[1];
    v_hidden text[] := tg_argv[2];
begin
    if tg_argv[0] = 'sensor' then
        v_old := case when v_old is not null then plant.sensor_json(old) end;
        v_new := case when v_new is not null then plant.sensor_json(new) end;
    end if;
    insert into plant.audit (object, name, old_value, new_value, reason)
    select
        tg_argv[0], v_name, d.old_value, d.new_value,
        coalesce(nullif(current_setting('lotwatt.reason', true), ''), 'SQL by hand')
    from (
        select * from plant.json_difference(v_old - v_hidden, v_new - v_hidden)
        union all
        select v_old - v_hidden, null where v_new is null
    ) as d;
    return null;
end
$$;
comment on function plant.audit_row() is 'Writes the change of a row to plant.audit: by whom, when, from what to what';

-- Before, so that a TRUNCATE of the audit itself takes this along.
create or replace function plant.audit_truncate() returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    insert into plant.audit (object, name, reason) values (tg_argv[0], 'all of them', 'TRUNCATE by hand');
    return null;
end
$$;
comment on function plant.audit_truncate() is 'Writes to plant.audit that a whole table was emptied';

create trigger audit_row after insert or update or delete on plant.sensor
for each row execute function plant.audit_row('sensor', 'code', '{}');
create trigger audit_row after insert or update or delete on plant.reference
for each row execute function plant.audit_row('reference', 'code', '{reference_id,source}');
create trigger audit_row after insert or update or delete on ops.setting
for each row execute function plant.audit_row('setting', 'name', '{description}');
create trigger audit_row after insert or update or delete on ingest.mapping
for each row execute function plant.audit_row('mapping', 'name', '{mapping_id}');

create trigger audit_truncate before truncate on plant.sensor
for each statement execute function plant.audit_truncate('sensor');
create trigger audit_truncate before truncate on plant.reference
for each statement execute function plant.audit_truncate('reference');
create trigger audit_truncate before truncate on ops.setting
for each statement execute function plant.audit_truncate('setting');
create trigger audit_truncate before truncate on ingest.mapping
for each statement execute function plant.audit_truncate('mapping');
