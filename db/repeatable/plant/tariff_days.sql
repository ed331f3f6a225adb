-- The first rule that fits counts; where none does, the class is NULL.
create or replace function plant.tariff_days(p_times jsonb)
returns table (month smallint, day_type smallint, classes text[])
language sql immutable
begin atomic
    with rule as (
        select
            t.place,
            t.rule ->> 'class' as class,
            array(select x.value::int from jsonb_array_elements_text(t.rule -> 'months') as x (value)) as months,
            array(select lower(left(x.value, 3)) from jsonb_array_elements_text(t.rule -> 'days') as x (value)) as days,
            coalesce(date_part('epoch', (t.rule ->> 'start')::time), 0) / 900 as first,
            coalesce(nullif(date_part('epoch', (t.rule ->> 'end')::time), 0), 86400) / 900 as last
        from jsonb_array_elements(p_times) with ordinality as t (rule, place)
    )
    select m.month::smallint, (n.place - 1)::smallint, array(
        select (
            select r.class
            from rule as r
            where (r.months = '{}' or m.month = any (r.months)) and (r.days = '{}' or n.day = any (r.days))
                -- from 22:00 to 06:00: the evening and the early morning of the same day
                and case when r.first < r.last then q.quarter >= r.first and q.quarter < r.last
                    else q.quarter >= r.first or q.quarter < r.last end
            order by r.place
            limit 1
        )
        from generate_series(0, 95) as q (quarter)
        order by q.quarter
    )
    from generate_series(1, 12) as m (month)
    cross join unnest('{hol,mon,tue,wed,thu,fri,sat,sun}'::text[]) with ordinality as n (day, place);
end;
comment on function plant.tariff_days(jsonb) is
'The class of each quarter-hour by month and kind of day (0 a public holiday, 1 Monday to 7 Sunday), from the rules of a tariff';
