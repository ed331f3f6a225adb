-- All rules of one shift at one site. Its days within the rules' dates become as declared; days outside
-- of them stay. Another shift of the file may still be in the way: plant.check_shift looks when all
-- are as declared. Time between runs counts as idle inside a shift, so slices follow.
create or replace function plant.apply_shift(p_site text, p_name text, p_rules jsonb)
returns table (object text, name text, action text, old_value jsonb, new_value jsonb)
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
    v_site_id int := plant.site_named(p_site);
    v_zone text;
    v_wanted tstzrange[];
    v_before int;
    v_removed tstzmultirange;
    v_added tstzmultirange;
    v_removed_days int;
    v_added_days int;
    v_sensor_ids int[];
begin
    select s.time_zone into strict v_zone from plant.site as s where s.site_id = v_site_id;
    select count(*) into v_before from plant.shift as s where s.site_id = v_site_id and s.name = p_name;
    select coalesce(array_agg(distinct d), '{}') into v_wanted
    from jsonb_array_elements(p_rules) as r (rule) cross join lateral plant.shift_days(r.rule) as d;

    with gone as (
        delete from plant.shift as s
        using jsonb_array_elements(p_rules) as r (rule)
        where s.site_id = v_site_id and s.name = p_name and not s.during = any (v_wanted)
            and (lower(s.during) at time zone v_zone)::date
            between (r.rule ->> 'from')::date and (r.rule ->> 'to')::date
        returning s.during
    )
    select range_agg(g.during), count(*) into v_removed, v_removed_days from gone as g;

    with new as (
        insert into plant.shift (site_id, name, during)
        select v_site_id, p_name, w.during
        from unnest(v_wanted) as w (during)
        where not exists (
            select from plant.shift as s where s.site_id = v_site_id and s.name = p_name and s.during = w.during
        )
        returning during
    )
    select range_agg(n.during), count(*) into v_added, v_added_days from new as n;
    if v_added_days + v_removed_days = 0 then
        return;
    end if;

    select array_agg(s.sensor_id) into v_sensor_ids from plant.sensor as s where s.site_id = v_site_id;
    perform plant.queue_sensors(v_sensor_ids, lower(c.changed), upper(c.changed), format('shift %s of %s changed', p_name, p_site))
    from unnest(coalesce(v_added, '{}') + coalesce(v_removed, '{}')) as c (changed);
    return query select * from plant.record_change(
        'shift', p_site || ' ' || p_name,
        case when v_before > 0 then jsonb_build_object('days', v_before, 'added', 0, 'removed', 0) end,
        jsonb_build_object('days', v_before + v_added_days - v_removed_days, 'added', v_added_days, 'removed', v_removed_days),
        'plant apply'
    );
end
$$;
comment on function plant.apply_shift(text, text, jsonb) is
'Makes the days of one shift as declared, queues what is idle inside it; returns what changed';
