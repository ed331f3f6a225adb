-- Double entry: what the meter advanced, worked out from its readings in one pass, against what was
-- attributed. Whole days of UTC before retention come from the frozen register.
create function api.meter_balance(p_from timestamptz, p_to timestamptz)
returns table (
    sensor text, machine text, unit text, opening float8, closing float8, resets float8, rollovers int, spikes int,
    advance float8, lots float8, idle float8, unattributed float8, residual float8, unknown_s float8
)
language sql stable security definer
set search_path = pg_catalog, pg_temp
as $$
    select s.code, m.code, case when s.kind = 'power' then 'kWh' else s.unit end, a.opening, a.closing, a.resets, a.rollovers, a.spikes,
        a.advance + f.advance, coalesce(x.lots, 0), coalesce(x.idle, 0), coalesce(x.unattributed, 0),
        a.advance + f.advance - coalesce(x.total, 0), a.unknown_s + f.unknown_s
    from plant.sensor as s
    left join plant.machine as m using (machine_id)
    cross join telemetry.horizon as h
    cross join lateral telemetry.meter_advance(
        s.sensor_id, least(greatest(date_bin('15 minutes', p_from, 'epoch'), h.raw_from), date_bin('15 minutes', p_to, 'epoch')), date_bin('15 minutes', p_to, 'epoch')
    ) as a
    cross join lateral (
        select coalesce(sum(r.advance), 0) as advance, coalesce(sum(r.unknown_s), 0) as unknown_s
        from telemetry.register as r
        where r.sensor_id = s.sensor_id and r.day::timestamp at time zone 'UTC' >= p_from
            and r.day::timestamp at time zone 'UTC' < least(h.raw_from, p_to)
    ) as f
    cross join lateral (
        select sum(e.amount) as total,
            sum(e.amount) filter (where e.state = 'l') as lots,
            sum(e.amount) filter (where e.state = 'i') as idle,
            sum(e.amount) filter (where e.state = 'u') as unattributed
        from telemetry.slice as e
        where e.sensor_id = s.sensor_id and e.time >= date_bin('15 minutes', p_from, 'epoch')
            and e.time < date_bin('15 minutes', p_to, 'epoch')
    ) as x
    where s.kind in ('counter', 'power')
$$;
comment on function api.meter_balance(timestamptz, timestamptz) is
'The ledger of each meter between two quarter-hours: opening, closing, resets (value lost by them), spikes left out, advance = lots + idle + unattributed + residual; residual is 0 up to rounding. unit is that of the amounts: kWh for kind power too';
