create view api.change as
select
    a.changed_at as time,
    a.changed_by,
    a.object,
    a.name,
    a.old_value,
    a.new_value,
    a.reason
from plant.audit as a;
comment on view api.change is
'Who changed what is declared or set: sensors, references, mappings, settings, whichever way; sites, lines, machines, lots, operators and shifts where a plant file changed them';
comment on column api.change.time is 'When it changed';
comment on column api.change.changed_by is 'Login that changed it';
comment on column api.change.object is 'What it is: sensor, reference, mapping, setting, site, line, machine, lot, operator or shift';
comment on column api.change.name is 'Its code, number or name';
comment on column api.change.old_value is 'What it said before, only what differs; NULL: it is new';
comment on column api.change.new_value is 'What it says since, only what differs; NULL: it is gone';
comment on column api.change.reason is 'plant apply, sensor adopt, SQL by hand, or the reason that was given';
