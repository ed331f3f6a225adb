-- The value of each quarter-hour and regime: the mean of a gauge in its unit, of power in kW, of a counter in unit
-- per hour. Five minutes must have been measured, and nothing shared out over a gap or estimated.
create or replace function analytics.quarter(p_sensor_ids int[], p_from timestamptz, p_to timestamptz)
returns table (sensor_id int, "time" timestamptz, regime int, value float8)
language sql stable
as $$
    select s.sensor_id, s.time, analytics.regime_of(s.state, s.reference_id),
        case when p.kind in ('counter', 'amount') then sum(s.amount) / sum(s.known_s) * 3600
            else sum(s.value_s) / sum(s.measured_s) end
    from telemetry.slice as s
    join plant.sensor as p using (sensor_id)
    where s.sensor_id = any (p_sensor_ids) and s.time >= p_from and s.time < p_to
        and s.measured_s > 0 and s.flags & 48 = 0
    group by s.sensor_id, s.time, analytics.regime_of(s.state, s.reference_id), p.kind
    having sum(s.measured_s) >= 300
$$;
comment on function analytics.quarter is
'Value of each quarter-hour and regime of sensors: mean, or for a counter the rate per hour';
