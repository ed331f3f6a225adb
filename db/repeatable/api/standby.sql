-- What machines use while no lot runs, shift by shift (day by day at a site without shifts), against the tenth of their
-- own shifts that were best at it in the 90 days before the end of the period.
create function api.standby(p_from timestamptz, p_to timestamptz)
returns table (
    "time" timestamptz, site text, shift text, machine text, outside_lots_h float8, outside_lots_kwh float8, outside_lots_kw float8,
    best_kw float8, waste_kwh float8, waste_cost float8, currency text
)
language sql stable security definer
set search_path = pg_catalog, pg_temp
set jit = off
begin atomic
    with span as (
        select h.site_id, h.name as shift, h.during
        from plant.shift as h
        where h.during && tstzrange(least(p_from, p_to - interval '90 days'), p_to)
        union all
        select z.site_id, null, tstzrange(d.local at time zone z.time_zone, (d.local + interval '1 day') at time zone z.time_zone)
        from plant.site as z
        cross join lateral generate_series(
            date_trunc('day', least(p_from, p_to - interval '90 days') at time zone z.time_zone), p_to at time zone z.time_zone, interval '1 day'
        ) as d (local)
        where not exists (select from plant.shift as h where h.site_id = z.site_id)
    ),
    calendar as (
        -- shifts of a site never overlap: a slice is put into its own by a search, and each meter is read once
        select w.site_id, array_agg(lower(w.during) order by w.during) as starts, array_agg(upper(w.during) order by w.during) as ends,
            array_agg(w.shift order by w.during) as shifts
        from span as w
        where upper(w.during) <= p_to
        group by w.site_id
    ),
    used as (
        select s.sensor_id, s.machine_id, s.site_id, k.starts[y.place] as time, k.ends[y.place] as finished_at,
            k.shifts[y.place] as shift, sum(y.known_s) filter (where y.amount is not null) as known_s, sum(y.amount) as energy_kwh
        from calendar as k
        join plant.sensor as s on s.site_id = k.site_id and s.role = 'main_energy' and s.machine_id is not null
        cross join lateral (
            select x.time, x.amount, x.known_s, width_bucket(x.time, k.starts) as place
            from telemetry.slice as x
            where x.sensor_id = s.sensor_id and x.time >= k.starts[1] and x.time < p_to and x.state <> 'l'
        ) as y
        where y.time < k.ends[y.place]
        group by s.sensor_id, s.machine_id, s.site_id, k.starts[y.place], k.ends[y.place], k.shifts[y.place]
    ),
    outside as (
        select u.time, u.site_id, u.shift, u.machine_id, u.known_s / 3600 as hours, u.energy_kwh, c.cost
        from used as u
        left join lateral (
            -- a price for each quarter-hour is work, and of the shifts before nobody asks what they cost
            select case when count(*) filter (where y.energy_kwh is not null and y.cost is null) = 0 then sum(y.cost) end as cost
            from analytics.slice_cost as y
            where u.time >= p_from
                and y.sensor_id = u.sensor_id and y.time >= u.time and y.time < u.finished_at and y.state <> 'l'
        ) as c on true
        where u.known_s > 0
    ),
    place as (
        -- a quarter-hour and more: less is the end of one lot and the start of the next
        select o.time, o.site_id, o.shift, o.machine_id, max(o.hours) as hours, sum(o.energy_kwh) as energy_kwh,
            case when bool_and(o.cost is not null) then sum(o.cost) end as cost
        from outside as o
        group by o.time, o.site_id, o.shift, o.machine_id
        having max(o.hours) >= 0.25
    ),
    best as (
        select p.machine_id, percentile_cont(0.1) within group (order by p.energy_kwh / p.hours) as kw
        from place as p
        where p.time >= p_to - interval '90 days'
        group by p.machine_id
        having count(*) >= 20
    )
    select p.time, z.code, p.shift, m.code, p.hours, p.energy_kwh, p.energy_kwh / p.hours, b.kw,
        -- greatest() leaves NULL out: without a best there would be no waste
        case when b.kw is not null then greatest(p.energy_kwh - b.kw * p.hours, 0) end,
        case when b.kw is not null and p.energy_kwh > 0
            then greatest(p.energy_kwh - b.kw * p.hours, 0) * p.cost / p.energy_kwh end,
        z.currency
    from place as p
    join plant.site as z using (site_id)
    join plant.machine as m using (machine_id)
    left join best as b using (machine_id)
    where p.time >= p_from and p.time < p_to
    order by p.time, m.code;
end;
comment on function api.standby(timestamptz, timestamptz) is 'Energy of machines outside lots by shift that has ended, or by day at a site without shifts: hours and kWh outside lots, their mean kW, the tenth percentile of that kW over the shifts of the same machine in the 90 days before p_to (best_kw; NULL with fewer than 20 shifts of a quarter-hour or more outside lots), and what was used above it, in kWh and money (NULL without best_kw or tariff)';
