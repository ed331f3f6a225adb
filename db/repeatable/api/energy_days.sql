-- Days of plant time from p_from to p_to, both included, each with its energy and all inputs. Fits and judgements both
-- read this. Coverage of a day counts the hours that it has: 23 to 25.
create function api.energy_days(p_level text, p_place text, p_from date, p_to date)
returns table (carrier text, day date, energy_kwh float8, coverage float8, inputs jsonb)
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp
set jit = off
set plan_cache_mode = force_generic_plan
as $$
#variable_conflict use_column
declare
    v_lots int[];
begin
    if p_from > p_to then
        return;
    end if;
    -- lots first: then only they are split into days
    v_lots := array(
        select distinct r.lot_id
        from analytics.place_span(p_level, p_place, p_from, p_to) as p
        join plant.line as l using (site_id)
        join plant.machine as m using (line_id)
        join plant.lot_run as r using (machine_id)
        where r.during && tstzrange(p.from_time, p.to_time)
            and p_place = case p_level when 'machine' then m.code when 'line' then l.code else p_place end
    );
    return query
    with used as (
        select e.carrier, l.day, sum(e.energy_kwh) as energy_kwh,
            sum(e.coverage) / (extract(
                epoch from (l.day + 1)::timestamp at time zone p.time_zone - l.day::timestamp at time zone p.time_zone
            ) / 3600)::float8 as coverage,
            case
                when extract(isodow from l.day) = 7 then 'off'
                when exists (select from analytics.holiday as h where h.site_id = p.site_id and h.day = l.day) then 'off'
                when extract(isodow from l.day) = 6 then 'saturday'
                else 'work'
            end as kind
        from analytics.place_span(p_level, p_place, p_from, p_to) as p
        join analytics.energy_hour as e
            on e.level = p_level and e.place = p_place and e.time >= p.from_time and e.time < p.to_time
        cross join lateral (select (e.time at time zone p.time_zone)::date as day) as l
        group by p.site_id, p.time_zone, e.carrier, l.day
    ),
    input as (
        select i.day, jsonb_object_agg(i.input, i.value) as inputs
        from analytics.energy_input(p_level, p_place, v_lots, p_from, p_to) as i
        group by i.day
    )
    select u.carrier, u.day,
        case when u.coverage >= s.minimum_coverage then u.energy_kwh end,
        u.coverage,
        coalesce(i.inputs, '{}') || case u.kind when 'work' then '{}' else jsonb_build_object(u.kind, 1) end
    from used as u
    cross join (
        select t.value::float8 as minimum_coverage from ops.setting as t where t.name = 'energy_minimum_coverage'
    ) as s
    left join input as i using (day)
    order by u.carrier, u.day;
end
$$;
comment on function api.energy_days(text, text, date, date) is
'Energy of a machine, line or site by day of plant time with what decides how much it uses; no energy where the day was not fully measured';
