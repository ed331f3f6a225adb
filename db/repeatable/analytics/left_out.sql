-- Stretches that no baseline is fitted to: planned stops, and episodes but those that a person called false.
create view analytics.left_out as
select e.sensor_id, e.opened_at - interval '1 hour' as from_time, e.last_at as to_time,
    e.verdict is not distinct from 'real' as is_certain
from analytics.episode as e
where e.verdict is distinct from 'false'
union all
select s.sensor_id, lower(p.during), upper(p.during), true
from analytics.planned_stop as p
join plant.sensor as s using (machine_id);
