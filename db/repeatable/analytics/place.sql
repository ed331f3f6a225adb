create or replace view analytics.place as
select distinct p.level, p.place, p.site_id, s.time_zone
from analytics.place_meter as p
join plant.site as s using (site_id);
comment on view analytics.place is 'Machines, lines and sites that have a meter';
