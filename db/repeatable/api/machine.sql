create view api.machine as
select m.code as machine, l.code as line, s.code as site, s.time_zone
from plant.machine as m
join plant.line as l using (line_id)
join plant.site as s using (site_id);
comment on view api.machine is
'Machines with the line and the site that they belong to.';
comment on column api.machine.machine is 'Machine';
comment on column api.machine.line is 'Production line';
comment on column api.machine.site is 'Site';
comment on column api.machine.time_zone is 'Time zone of the site';
