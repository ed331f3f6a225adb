-- Whole hours, days or months of plant time: the bars at both ends of a range are not cut.
create function api.machine_energy(p_from timestamptz, p_to timestamptz, p_machines text[] default null)
returns table ("time" timestamptz, machine text, energy_kwh float8, coverage float8)
language sql stable security definer
set search_path = pg_catalog, pg_temp
set jit = off
as $$
    with width as (
        select case
            when p_to - p_from <= interval '3 days' then 'hour'
            when p_to - p_from <= interval '100 days' then 'day'
            else 'month'
        end as unit
    )
    select date_trunc(w.unit, h.time, h.time_zone), h.place, sum(h.energy_kwh),
        sum(h.coverage * h.meters) / nullif(sum(h.meters), 0)
    from width as w
    cross join analytics.energy_hour as h
    where h.level = 'machine' and h.time < p_to and h.time >= p_from - ('1 ' || w.unit)::interval
        and date_trunc(w.unit, h.time, h.time_zone) > date_trunc(w.unit, p_from, h.time_zone) - interval '1 second'
        and (p_machines is null or h.place = any (p_machines))
    group by 1, 2
    order by 1, 2
$$;
comment on function api.machine_energy(timestamptz, timestamptz, text[]) is
'Energy of machines by hour of plant time (up to 3 days), day (up to 100 days) or month: kWh, NULL where nothing is known, a lower bound where coverage, the share that was measured of the hours known, is below 1. The bar in which the period begins is whole';
