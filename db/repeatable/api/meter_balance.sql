-- Double entry: what the meter advanced, worked out from its readings in one pass, against what was
-- attributed. Before the horizon of retention only the registers of whole days of UTC are left: there
-- a range is widened to whole days, on both sides of the ledger alike.
create function api.meter_balance(p_from timestamptz, p_to timestamptz)
returns table (
    sensor text, machine text, unit text, opening float8, closing float8, resets float8, rollovers int, spikes int,
    advance float8, lots float8, idle float8, unattributed float8, residual float8, unknown_s float8
)
language sql stable security definer
set search_path = pg_catalog, pg_temp
as $$
    with span as (
        select h.raw_from,
            case when q.from_time < h.raw_from and q.from_time < q.to_time
                then date_bin('1 day', q.from_time, 'epoch') else q.from_time end as from_time,
            case when q.to_time < h.raw_from and q.from_time < q.to_time
                then date_bin('1 day', q.to_time + interval '1 day -1 microsecond', 'epoch') else q.to_time end as to_time
        from telemetry.horizon as h
        cross join (values (date_bin('15 minutes', p_from, 'epoch'), date_bin('15 minutes', p_to, 'epoch'))) as q (from_time, to_time)
    )
    select s.code, m.code, case when s.kind = 'power' then 'kWh' else s.unit end, a.opening, a.closing, a.resets, a.rollovers, a.spikes,
        a.advance + f.advance, coalesce(x.lots, 0), coalesce(x.idle, 0), coalesce(x.unattributed, 0),
        a.advance + f.advance - coalesce(x.total, 0), a.unknown_s + f.unknown_s
    from span as w
    cross join plant.sensor as s
    left join plant.machine as m using (machine_id)
    cross join lateral telemetry.meter_advance(
        s.sensor_id, least(greatest(w.from_time, w.raw_from), w.to_time), w.to_time
    ) as a
    cross join lateral (
        select coalesce(sum(r.advance), 0) as advance, coalesce(sum(r.unknown_s), 0) as unknown_s
        from telemetry.register as r
        where r.sensor_id = s.sensor_id and r.day::timestamp at time zone 'UTC' >= w.from_time
            and r.day::timestamp at time zone 'UTC' < least(w.raw_from, w.to_time)
    ) as f
    cross join lateral (
        select sum(e.amount) as total,
            sum(e.amount) filter (where e.state = 'l') as lots,
            sum(e.amount) filter (where e.state = 'i') as idle,
            sum(e.amount) filter (where e.state = 'u') as unattributed
        from telemetry.slice as e
        where e.sensor_id = s.sensor_id and e.time >= w.from_time and e.time < w.to_time
    ) as x
    where s.kind in ('counter', 'amount', 'power')
$$;
comment on function api.meter_balance(timestamptz, timestamptz) is
'The ledger of each meter between two quarter-hours: opening, closing, resets (value lost by them), spikes left out, advance = lots + idle + unattributed + residual; residual is 0 up to rounding. Past retention of readings only whole days of UTC can be proved: a range is widened to them there. unit is that of the amounts: kWh for kind power too';
