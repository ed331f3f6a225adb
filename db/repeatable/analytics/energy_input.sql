-- What decides how much a place uses in a day: hours run, good quantity per reference, declared drivers. The quantity
-- of a lot is shared out over its days by run time. Fits and judgements both read this.
create or replace view analytics.energy_input as
with run as (
    select r.lot_id, m.code as machine, l.code as line, s.code as site, s.time_zone,
        lower(r.during) as started_at, coalesce(upper(r.during), now()) as finished_at
    from plant.lot_run as r
    join plant.machine as m using (machine_id)
    join plant.line as l using (line_id)
    join plant.site as s using (site_id)
),
part as (
    select p.level, p.place, r.lot_id, g.day::date as day,
        extract(epoch from least(r.finished_at, d.finished_at) - greatest(r.started_at, d.started_at)) as run_s
    from run as r
    cross join lateral (values ('machine', r.machine), ('line', r.line), ('site', r.site)) as p (level, place)
    cross join lateral generate_series(
        (r.started_at at time zone r.time_zone)::date, (r.finished_at at time zone r.time_zone)::date, interval '1 day'
    ) as g (day)
    cross join lateral (
        select g.day::timestamp at time zone r.time_zone as started_at,
            (g.day::timestamp + interval '1 day') at time zone r.time_zone as finished_at
    ) as d
    where least(r.finished_at, d.finished_at) > greatest(r.started_at, d.started_at)
),
made as (
    select level, place, lot_id, day, sum(run_s) as run_s,
        sum(run_s) / sum(sum(run_s)) over (partition by level, place, lot_id) as share
    from part
    group by level, place, lot_id, day
),
driver as (
    select p.level, p.place, v.code, v.statistic, h.sensor_id, (h.bucket at time zone p.time_zone)::date as day,
        h.amount, h.value_s, h.measured_s, h.minimum, h.maximum
    from plant.driver as v
    join plant.sensor as s using (sensor_id)
    left join plant.machine as m on m.machine_id = s.machine_id
    left join plant.line as l using (line_id)
    join analytics.place as p on p.site_id = s.site_id
        -- one of the site, such as the weather, counts for all its places
        and (
            s.machine_id is null or p.level = 'site'
            or (p.level = 'machine' and p.place = m.code) or (p.level = 'line' and p.place = l.code)
        )
    -- lateral: only the hours of drivers are read
    cross join lateral (
        select x.* from telemetry.sensor_hourly as x where x.sensor_id = s.sensor_id offset 0
    ) as h
)
select level, place, day, 'run_h' as input, sum(run_s) / 3600 as value
from made
group by level, place, day
union all
select a.level, a.place, a.day, 'quantity:' || coalesce(f.code, ''),
    case when bool_and(x.quantity is not null) then sum(x.quantity * a.share) end
from made as a
join plant.lot as t using (lot_id)
left join plant.reference as f using (reference_id)
left join api.lot as x on x.number = t.number
group by a.level, a.place, a.day, f.code
union all
-- nine tenths of a day tell its mean
select level, place, day, 'driver:' || code,
    case
        when statistic = 'amount' then sum(amount)
        when sum(measured_s) >= 0.9 * 86400 * count(distinct sensor_id) then case statistic
            when 'mean' then sum(value_s) / sum(measured_s)
            when 'minimum' then min(minimum)
            when 'maximum' then max(maximum)
        end
    end
from driver
group by level, place, day, code, statistic;
comment on view analytics.energy_input is 'What decides how much a machine, line or site uses, by day of plant time';
