-- All of a plant file at once or nothing of it. A dry run does everything and takes it back, so what
-- it shows is what would happen.
create or replace function plant.apply(p_plant jsonb, p_dry_run boolean default false)
returns table (object text, name text, action text, old_value jsonb, new_value jsonb)
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
    v_item record;
    v_changes jsonb := '[]';
begin
    perform pg_advisory_xact_lock(1819244147);
    -- machines first, then new lots: the order in which runs are settled, so that neither waits for the other
    perform pg_advisory_xact_lock(1819244146, m.machine_id)
    from (select x.machine_id from plant.machine as x order by x.machine_id) as m;
    perform pg_advisory_xact_lock(1819244148);
    begin
        for v_item in
            select 1 as stage, 'site' as object, i.value ->> 'code' as name, i.value, i.place
            from jsonb_array_elements(p_plant -> 'sites') with ordinality as i (value, place)
            union all
            select 2, 'line', i.value ->> 'code', i.value, i.place
            from jsonb_array_elements(p_plant -> 'lines') with ordinality as i (value, place)
            union all
            select 3, 'machine', i.value ->> 'code', i.value, i.place
            from jsonb_array_elements(p_plant -> 'machines') with ordinality as i (value, place)
            union all
            select 4, 'operator', i.value ->> 'code', i.value, i.place
            from jsonb_array_elements(p_plant -> 'operators') with ordinality as i (value, place)
            union all
            select 5, 'reference', i.value ->> 'code', i.value, i.place
            from jsonb_array_elements(p_plant -> 'references') with ordinality as i (value, place)
            union all
            select 6, 'sensor', i.value ->> 'code', i.value, i.place
            from plant.sensors_in_order(p_plant -> 'sensors') with ordinality as i (value, place)
            union all
            select 7, 'lot', i.value ->> 'number', i.value, i.place
            from jsonb_array_elements(p_plant -> 'lots') with ordinality as i (value, place)
            union all
            select 8, 'shift', format('%s of %s', i.value ->> 'name', i.value ->> 'site'),
                jsonb_build_object(
                    'site', i.value ->> 'site', 'name', i.value ->> 'name', 'rules', jsonb_agg(i.value order by i.place)
                ), min(i.place)
            from jsonb_array_elements(p_plant -> 'shifts') with ordinality as i (value, place)
            group by i.value ->> 'site', i.value ->> 'name'
            union all
            -- without rules: looked at when all shifts are as declared
            select 9, 'shift', format('%s of %s', i.value ->> 'name', i.value ->> 'site'),
                jsonb_build_object('site', i.value ->> 'site', 'name', i.value ->> 'name'), min(i.place)
            from jsonb_array_elements(p_plant -> 'shifts') with ordinality as i (value, place)
            group by i.value ->> 'site', i.value ->> 'name'
            union all
            select 10, 'run', format('of %s on %s', coalesce(i.value ->> 'lot', 'no lot'), i.value ->> 'machine'), i.value, i.place
            from jsonb_array_elements(p_plant -> 'runs') with ordinality as i (value, place)
            union all
            select 11, 'driver', i.value ->> 'code', i.value, i.place
            from jsonb_array_elements(p_plant -> 'drivers') with ordinality as i (value, place)
            union all
            select 12, 'driver value', format('%s of %s', i.value ->> 'driver', i.value ->> 'lot'), i.value, i.place
            from jsonb_array_elements(p_plant -> 'driver_values') with ordinality as i (value, place)
            union all
            select 13, 'planned run', format('of %s on %s', coalesce(i.value ->> 'reference', 'nothing'), i.value ->> 'machine'), i.value, i.place
            from jsonb_array_elements(p_plant -> 'planned_runs') with ordinality as i (value, place)
            union all
            -- whole: one without the prices and times of the file would cost something else
            select 14, 'tariff', i.value ->> 'code', i.value || jsonb_build_object(
                    'prices', (
                        select jsonb_agg(x.value) from jsonb_array_elements(p_plant -> 'tariff_prices') as x
                        where x.value ->> 'tariff' = i.value ->> 'code'
                    ),
                    'times', (
                        select jsonb_agg(x.value order by x.place)
                        from jsonb_array_elements(p_plant -> 'tariff_times') with ordinality as x (value, place)
                        where x.value ->> 'tariff' = i.value ->> 'code'
                    )
                ), i.place
            from jsonb_array_elements(p_plant -> 'tariffs') with ordinality as i (value, place)
            union all
            select 15, 'emission factor', format('%s of %s', coalesce(i.value ->> 'carrier', 'electricity'), i.value ->> 'site'), i.value, i.place
            from jsonb_array_elements(p_plant -> 'emission_factors') with ordinality as i (value, place)
            order by stage, place
        loop
            select v_changes || coalesce(jsonb_agg(to_jsonb(c)), '[]') into v_changes
            from plant.apply_item(v_item.object, v_item.name, v_item.value) as c;
        end loop;
        -- what was held back for topics that have a sensor now
        perform ingest.replay_held(u.topic)
        from ingest.unknown_topic as u
        inner join plant.sensor as s on u.topic = s.topic
        where s.is_enabled;
        if p_dry_run then
            raise exception 'dry run' using errcode = 'LW001';
        end if;
    exception
        when sqlstate 'LW001' then null;
    end;
    return query
    select c.value ->> 'object', c.value ->> 'name', c.value ->> 'action',
        nullif(c.value -> 'old_value', 'null'), nullif(c.value -> 'new_value', 'null')
    from jsonb_array_elements(v_changes) with ordinality as c (value, place)
    order by c.place;
end
$$;
comment on function plant.apply(jsonb, boolean) is
'Makes the plant as a plant file declares it and returns what changed; a dry run changes nothing. What the file leaves out stays';
