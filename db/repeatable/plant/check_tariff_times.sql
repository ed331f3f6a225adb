-- What the rules of a tariff must be before they are laid out.
create or replace function plant.check_tariff_times(p_times jsonb, p_classes text[], p_has_holidays boolean)
returns void
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
declare
    v_rule jsonb;
    v_wrong text;
begin
    for v_rule in select t.value from jsonb_array_elements(p_times) as t loop
        if not v_rule ->> 'class' = any (p_classes) then
            raise exception 'a rule names class %, which has no price', v_rule ->> 'class'
                using errcode = 'invalid_parameter_value',
                    hint = format('Classes with a price: %s.', array_to_string(p_classes, ', '));
        end if;
        select d.value into v_wrong from jsonb_array_elements_text(v_rule -> 'days') as d (value)
        where not lower(left(d.value, 3)) = any ('{mon,tue,wed,thu,fri,sat,sun,hol}') limit 1;
        if found then
            raise exception 'there is no kind of day %', v_wrong
                using errcode = 'invalid_parameter_value', hint = 'Days are mon, tue, wed, thu, fri, sat, sun and holiday.';
        end if;
        select m.value into v_wrong from jsonb_array_elements_text(v_rule -> 'months') as m (value)
        where m.value !~ '^([1-9]|1[0-2])$' limit 1;
        if found then
            raise exception 'there is no month %', v_wrong
                using errcode = 'invalid_parameter_value', hint = 'Months are 1 to 12.';
        end if;
        select k.value into v_wrong
        from (values (v_rule ->> 'start'), (v_rule ->> 'end')) as k (value)
        where k.value is not null and date_part('epoch', k.value::time)::numeric % 900 <> 0 limit 1;
        if found then
            raise exception 'a rule begins or ends at %, within a quarter-hour', v_wrong
                using errcode = 'invalid_parameter_value', hint = 'Energy is counted by quarter-hours: give 00, 15, 30 or 45 minutes.';
        end if;
    end loop;
    if p_times <> '[]' then
        -- a quarter-hour without a class would have no price, and nobody would see why
        select format('%s in month %s at %s',
            (array['public holidays', 'Mondays', 'Tuesdays', 'Wednesdays', 'Thursdays', 'Fridays', 'Saturdays', 'Sundays'])[d.day_type + 1],
            d.month, to_char((c.place - 1) * interval '15 minutes', 'HH24:MI'))
        into v_wrong
        from plant.tariff_days(p_times) as d
        cross join unnest(d.classes) with ordinality as c (class, place)
        where c.class is null and (p_has_holidays or d.day_type > 0)
        order by d.month, d.day_type, c.place
        limit 1;
        if found then
            raise exception 'its times leave % out', v_wrong
                using errcode = 'invalid_parameter_value', hint = 'End with an entry that has a class alone: it holds whenever no other does.';
        end if;
    end if;
end
$$;
comment on function plant.check_tariff_times(jsonb, text[], boolean) is 'An error in words where a rule of a tariff cannot be meant';
