-- Which meters a machine, line or site is the sum of, each kWh once: a meter below another one that counts in the
-- same place is part of it. A check meter is a second look at what others count already.
create or replace view analytics.place_meter as
with recursive meter as (
    select s.sensor_id, s.parent_id, s.site_id, s.carrier, s.is_enabled, m.code as machine, l.code as line,
        s.quantity = 'energy' and s.role <> 'check_energy' and (s.machine_id is null or s.role = 'main_energy') as counts
    from plant.sensor as s
    left join plant.machine as m on m.machine_id = s.machine_id
    left join plant.line as l using (line_id)
),
above as (
    select m.sensor_id, m.parent_id from meter as m where m.counts and m.parent_id is not null
    union
    select a.sensor_id, p.parent_id
    from above as a
    join meter as p on p.sensor_id = a.parent_id
    where p.parent_id is not null
)
select 'machine' as level, m.machine as place, m.site_id, m.carrier, m.sensor_id, m.is_enabled
from meter as m
where m.counts and m.machine is not null
union all
select 'line', m.line, m.site_id, m.carrier, m.sensor_id, m.is_enabled
from meter as m
where m.counts and m.line is not null and not exists (
    select from above as a join meter as p on p.sensor_id = a.parent_id
    where a.sensor_id = m.sensor_id and p.counts and p.line = m.line
)
union all
select 'site', si.code, m.site_id, m.carrier, m.sensor_id, m.is_enabled
from meter as m
join plant.site as si using (site_id)
where m.counts and not exists (
    select from above as a join meter as p on p.sensor_id = a.parent_id
    where a.sensor_id = m.sensor_id and p.counts
);
comment on view analytics.place_meter is 'Meters that the energy of a machine, line or site is the sum of';
