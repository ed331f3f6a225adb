-- A rule of a shift (name, start, end, weekdays, from, to) as instants: local times, so a night in which
-- the clock changes is an hour shorter or longer. An end that is not after the start is on the next day.
create or replace function plant.shift_days(p_item jsonb)
returns setof tstzrange
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
declare
    v_names text[] := '{mon,tue,wed,thu,fri,sat,sun}';
    v_from date := (p_item ->> 'from')::date;
    v_to date := (p_item ->> 'to')::date;
    v_start time := (p_item ->> 'start')::time;
    v_end time := (p_item ->> 'end')::time;
    v_weekdays text[];
    v_wrong text;
    v_zone text;
begin
    if v_from is null or v_to is null or v_start is null or v_end is null then
        raise exception 'a rule has no %', array_to_string(array_remove(array[
            case when v_from is null then 'from' end, case when v_to is null then 'to' end,
            case when v_start is null then 'start' end, case when v_end is null then 'end' end
        ], null), ' and no ')
            using errcode = 'invalid_parameter_value',
                hint = 'Give from and to, its first and last day, and start and end, its local times.';
    end if;
    if v_to < v_from or v_to - v_from > 3700 then
        raise exception 'it lasts from % to %', v_from, v_to
            using errcode = 'invalid_parameter_value', hint = 'Give a first and a last day, at most ten years apart.';
    end if;
    v_weekdays := coalesce(array(select lower(left(w, 3)) from jsonb_array_elements_text(p_item -> 'weekdays') as w), v_names);
    if p_item -> 'weekdays' is null then
        v_weekdays := v_names;
    end if;
    select w into v_wrong from unnest(v_weekdays) as w where not w = any (v_names) limit 1;
    if found then
        raise exception 'there is no weekday %', v_wrong
            using errcode = 'invalid_parameter_value', hint = 'Weekdays are mon, tue, wed, thu, fri, sat and sun.';
    end if;
    select s.time_zone into strict v_zone from plant.site as s where s.site_id = plant.site_named(p_item ->> 'site');
    return query
    select tstzrange(b.begins, b.ends)
    from generate_series(0, v_to - v_from) as n (days)
    cross join lateral (
        select
            (v_from + n.days + v_start) at time zone v_zone as begins,
            (v_from + n.days + (v_end <= v_start)::int + v_end) at time zone v_zone as ends
    ) as b
    where v_names[extract(isodow from v_from + n.days)::int] = any (v_weekdays) and b.begins < b.ends;
end
$$;
comment on function plant.shift_days(jsonb) is 'The instants from which to which one rule of a shift lasts, day by day in the zone of its site';
