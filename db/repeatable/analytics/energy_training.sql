-- Fully measured days before today. Places without one are there too, with a row that has no day.
create or replace function analytics.energy_training(p_from date, p_to date)
returns table (level text, place text, carrier text, day date, energy_kwh float8, inputs jsonb)
language sql stable security definer
set search_path = pg_catalog, pg_temp
set jit = off
as $$
    select p.level, p.place, p.carrier, d.day, d.energy_kwh, d.inputs
    from (select distinct m.level, m.place, m.carrier from analytics.place_meter as m where m.is_enabled) as p
    left join analytics.energy_day_input as d
        on d.level = p.level and d.place = p.place and d.carrier = p.carrier
        and d.energy_kwh is not null and d.day between p_from and p_to
    order by p.level, p.place, p.carrier, d.day
$$;
comment on function analytics.energy_training(date, date) is
'Fully measured days of each place in a range, both ends included, with what decides how much it uses';
