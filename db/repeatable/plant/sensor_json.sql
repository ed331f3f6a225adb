-- A sensor as people declare it: codes in place of numbers.
create or replace function plant.sensor_json(p_sensor plant.sensor)
returns jsonb
language sql stable
begin atomic
    select to_jsonb(p_sensor) - '{sensor_id,site_id,machine_id,parent_id}'::text[] || jsonb_build_object(
        'site', (select s.code from plant.site as s where s.site_id = p_sensor.site_id),
        'machine', (select m.code from plant.machine as m where m.machine_id = p_sensor.machine_id),
        'parent', (select p.code from plant.sensor as p where p.sensor_id = p_sensor.parent_id)
    );
end;
comment on function plant.sensor_json(plant.sensor) is 'A sensor as it is declared, for differences and the audit';
