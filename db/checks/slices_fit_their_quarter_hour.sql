-- check: no sensor measured more than 15 minutes in a quarter-hour
-- level: fail
select p.code as sensor, s.time, sum(s.measured_s) as measured_s, sum(s.known_s) as known_s
from telemetry.slice as s
inner join plant.sensor as p on s.sensor_id = p.sensor_id
group by p.code, s.time
having sum(s.measured_s) > 900.001 or sum(s.known_s) > 900.001
    or sum(s.measured_s) > sum(s.known_s) + 0.001
order by s.time
