-- Stretches that no baseline is fitted to: planned stops, episodes that a person called real, and of those that nobody
-- judged the hours over the threshold. What a person called false is learned from.
create view analytics.left_out as
select e.sensor_id, e.opened_at - interval '1 hour' as from_time, e.last_at as to_time, true as is_certain
from analytics.episode as e
where e.verdict = 'real'
union all
select s.sensor_id, lower(p.during), upper(p.during), true
from analytics.planned_stop as p
join plant.sensor as s using (machine_id)
union all
select d.sensor_id, d.time - interval '1 hour', d.time + interval '45 minutes', false
from analytics.deviation as d
where d.is_over
    and not exists (
        select from analytics.episode as e
        where e.sensor_id = d.sensor_id and e.class = d.class and e.verdict = 'false'
            and d.time >= e.opened_at and d.time <= e.last_at
    );
