-- What decides how much a place uses in a day: hours run, good quantity per reference, declared drivers. The quantity
-- of a lot is shared out over its days by run time. Of a place, the lots that ran there, and its days from p_from to
-- p_to, both included.
create or replace function analytics.energy_input(p_level text, p_place text, p_lots int[], p_from date, p_to date)
returns table (day date, input text, value float8)
language sql stable
as $$
with driver as (
    select v.code, v.statistic, s.sensor_id, s.site_id, s.is_enabled, s.machine_id, m.code as machine, l.code as line,
        p.time_zone, h.day, h.amount, h.value_s, h.measured_s, h.known_s, h.minimum, h.maximum
    from analytics.place_span(p_level, p_place, p_from, p_to) as p
    join plant.sensor as s on s.site_id = p.site_id
    join plant.driver as v using (sensor_id)
    left join plant.machine as m on m.machine_id = s.machine_id
    left join plant.line as l using (line_id)
    cross join lateral (
        select (x.bucket at time zone p.time_zone)::date as day, sum(x.amount) as amount, sum(x.value_s) as value_s,
            sum(x.measured_s) as measured_s, sum(x.known_s) as known_s, min(x.minimum) as minimum, max(x.maximum) as maximum
        from telemetry.sensor_hourly as x
        where x.sensor_id = s.sensor_id and x.bucket >= p.from_time and x.bucket < p.to_time
        group by (x.bucket at time zone p.time_zone)::date
    ) as h
)
select r.day, i.input, sum(i.value) as value
from (
    select a.day, coalesce(f.code, '') as code, sum(a.run_s)::float8 / 3600 as run_h,
        case when bool_and(coalesce(t.good_quantity, u.quantity) is not null)
            then sum(coalesce(t.good_quantity, u.quantity) * a.share) end as quantity
    from analytics.lot_day as a
    join plant.lot as t using (lot_id)
    left join plant.reference as f using (reference_id)
    left join lateral (
        -- the limit keeps it from being worked out for every lot at once
        select o.quantity from analytics.lot_output as o where t.good_quantity is null and o.lot_id = t.lot_id limit 1
    ) as u on true
    where a.level = p_level and a.place = p_place and a.lot_id = any (p_lots) and a.day between p_from and p_to
    group by a.day, f.code
) as r
-- hours run are added up over references; each quantity stands alone, and one that is not known stays so
cross join lateral (values ('run_h', r.run_h), ('quantity:' || r.code, r.quantity)) as i (input, value)
group by r.day, i.input
union all
-- of a mean nine tenths tell enough, of an amount all has to be known; and of every sensor that speaks by then
select d.day, 'driver:' || d.code,
    case
        when count(*) < (
            select count(distinct e.sensor_id) filter (where e.is_enabled and f.day <= d.day)
            from plant.driver as v
            join plant.sensor as e using (sensor_id)
            left join plant.machine as n on n.machine_id = e.machine_id
            left join plant.line as k using (line_id)
            cross join lateral (
                select (x.time at time zone d.time_zone)::date as day
                from telemetry.slice as x where x.sensor_id = e.sensor_id order by x.time limit 1
            ) as f
            where v.code = d.code and e.site_id = d.site_id
                and (e.machine_id is null or p_level = 'site' or (p_level = 'machine' and p_place = n.code) or (p_level = 'line' and p_place = k.code))
        ) then null
        when d.statistic = 'amount' then
            case when sum(d.known_s) >= c.coverage * c.day_s * count(*) then sum(d.amount) end
        when sum(d.measured_s) >= 0.9 * c.day_s * count(*) then case d.statistic
            when 'mean' then sum(d.value_s) / sum(d.measured_s)
            when 'minimum' then min(d.minimum)
            when 'maximum' then max(d.maximum)
        end
    end
from driver as d
cross join lateral (
    select t.value::float8 as coverage,
        extract(epoch from (d.day + 1)::timestamp at time zone d.time_zone - d.day::timestamp at time zone d.time_zone) as day_s
    from ops.setting as t where t.name = 'energy_minimum_coverage'
) as c
-- one of the site, such as the weather, counts for all its places
where d.machine_id is null or p_level = 'site'
    or (p_level = 'machine' and p_place = d.machine) or (p_level = 'line' and p_place = d.line)
group by d.site_id, d.time_zone, d.day, d.code, d.statistic, c.coverage, c.day_s
$$;
comment on function analytics.energy_input(text, text, int[], date, date) is
'What decides how much a machine, line or site uses, by day of plant time';
