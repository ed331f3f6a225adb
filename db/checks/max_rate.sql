-- check: every counter of energy says how fast it can rise
-- level: warn
-- Without max_rate a spike cannot be told from energy: it is counted, and so is the fall after it,
-- as a reset. Set it in the plant file, a few times the most that the meter can show in an hour.
select
    s.code as sensor,
    s.unit
from plant.sensor as s
where s.kind = 'counter' and s.quantity = 'energy' and s.max_rate is null
order by s.code;
