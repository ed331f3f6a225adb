-- Fully measured days before today. Places without one are there too, with a row that has no day.
create or replace function analytics.energy_training(p_from date, p_to date)
returns table (level text, place text, carrier text, day date, energy_kwh float8, inputs jsonb)
language sql stable security definer
set search_path = pg_catalog, pg_temp
set jit = off
as $$
    with meter as (
        select distinct m.level, m.place, m.carrier from analytics.place_meter as m where m.is_enabled
    ),
    measured as (
        select p.level, p.place, d.carrier, d.day, d.energy_kwh, d.inputs
        from (select distinct m.level, m.place from meter as m) as p
        cross join lateral api.energy_days(p.level, p.place, p_from, p_to) as d
        where d.energy_kwh is not null
    )
    select m.level, m.place, m.carrier, d.day, d.energy_kwh, d.inputs
    from meter as m
    left join measured as d using (level, place, carrier)
    order by m.level, m.place, m.carrier, d.day
$$;
comment on function analytics.energy_training(date, date) is
'Fully measured days of each place in a range, both ends included, with what decides how much it uses';
