-- check: slices share a quarter-hour and measure no more than they span
-- level: fail
select
    s.sensor_id,
    s.time,
    sum(s.span_s) as span_s,
    sum(s.measured_s) as measured_s,
    sum(s.known_s) as known_s
from telemetry.slice as s
group by s.sensor_id, s.time
having
    sum(s.span_s) > 900 + 1e-6
    or sum(s.measured_s) > 900 + 1e-6
    or sum(s.known_s) > 900 + 1e-6
    or bool_or(s.measured_s > s.span_s + 1e-6)
    or bool_or(s.known_s > s.span_s + 1e-6)
order by s.time, s.sensor_id;
