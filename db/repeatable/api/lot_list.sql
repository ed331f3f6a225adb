-- The lots of a period with all that a person wants of each in one row: api.lot, with cost and anomalies beside it. Those
-- of the period are found first, so that only they are looked up elsewhere.
create function api.lot_list(p_from timestamptz, p_to timestamptz, p_machines text[] default null, p_references text[] default null)
returns table (
    lot text, reference text, machine text, operator text, started_at timestamptz, finished_at timestamptz, duration_s float8,
    quantity float8, scrap_quantity float8, unit text, energy_kwh float8, energy_kwh_per_unit float8, energy_coverage float8,
    temperature_c_mean float8, temperature_c_min float8, temperature_c_max float8, temperature_coverage float8,
    anomalies bigint, cost float8, currency text, co2_kg float8
)
language sql stable security definer
set search_path = pg_catalog, pg_temp
set jit = off
as $$
    with finished as materialized (
        select l.* from api.lot as l
        where l.finished_at >= p_from and l.finished_at < p_to
            and (p_machines is null or string_to_array(l.machine, ', ') && p_machines)
            and (p_references is null or l.reference = any (p_references))
        order by l.finished_at desc
        limit 500
    )
    select l.number, l.reference, l.machine, l.operator, l.started_at, l.finished_at, l.duration_s, l.quantity, l.scrap_quantity,
        l.unit, l.energy_kwh, l.energy_kwh_per_unit, l.energy_coverage, l.temperature_c_mean, l.temperature_c_min,
        l.temperature_c_max, l.temperature_coverage, a.count, c.cost, c.currency, c.co2_kg
    from finished as l
    cross join lateral (
        -- of the machines that ran it, while they did; what a person called false is none
        select count(distinct e.episode_id) as count
        from plant.lot as t
        join plant.lot_run as r using (lot_id)
        join plant.sensor as s on s.machine_id = r.machine_id
        join analytics.episode as e on e.sensor_id = s.sensor_id
        where t.number = l.number and e.verdict is distinct from 'false'
            and e.opened_at < coalesce(upper(r.during), 'infinity') and coalesce(e.closed_at, 'infinity') >= lower(r.during)
    ) as a
    left join lateral (
        select x.cost, x.currency, x.co2_kg from api.lot_cost as x where x.number = l.number
    ) as c on true
    order by l.finished_at desc
$$;
comment on function api.lot_list(timestamptz, timestamptz, text[], text[]) is
'Lots that finished in a period, the newest first, at most 500: figures as in api.lot, anomalies (episodes of its machines while they ran it, without those called false), and cost and CO2 as in api.lot_cost';
