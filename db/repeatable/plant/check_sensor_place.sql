-- A sensor that has measured stays on its machine and in its role: what it measured there would move
-- with it, out of lots that used it and into lots that never did. One that belonged to no machine may
-- get one.
create or replace function plant.check_sensor_place(p_old plant.sensor, p_new plant.sensor)
returns void
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
declare
    v_is_moved boolean := p_old.machine_id is not null and p_new.machine_id is distinct from p_old.machine_id;
begin
    if (v_is_moved or p_new.role is distinct from p_old.role)
        and exists (select from telemetry.slice as x where x.sensor_id = p_old.sensor_id) then
        raise exception 'it has measured % already, and its past would change with it', case
            when v_is_moved then
                'on machine ' || (select m.code from plant.machine as m where m.machine_id = p_old.machine_id)
            else format('as %s', p_old.role)
        end
            using errcode = 'invalid_parameter_value', hint =
                'Declare a new sensor for the new place or role; set is_enabled = false on the old one, '
                'and give it another topic where the new one takes its topic.';
    end if;
end
$$;
comment on function plant.check_sensor_place(plant.sensor, plant.sensor) is
'Refuses another machine or role for a sensor that has slices';
