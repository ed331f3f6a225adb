-- A meter and those below it are added up in one pass, so that a filter on time reaches the slices of both.
create view api.submeter_balance as
with member as (
    select n.parent_id as meter_id, n.sensor_id, false as is_self from plant.sensor as n where n.parent_id is not null
    union all
    select distinct n.parent_id, n.parent_id, true from plant.sensor as n where n.parent_id is not null
)
select
    x.time,
    parent.code as meter,
    x.energy_kwh,
    x.submeters_kwh,
    c.submeters,
    x.energy_kwh - x.submeters_kwh as unexplained_kwh,
    x.known_s >= 899 and x.submeters_known_s >= 899 * c.submeters as is_complete
from plant.sensor as parent
cross join lateral (
    select
        s.time,
        sum(s.amount) filter (where m.is_self) as energy_kwh,
        sum(s.known_s) filter (where m.is_self) as known_s,
        sum(s.amount) filter (where not m.is_self) as submeters_kwh,
        sum(s.known_s) filter (where not m.is_self) as submeters_known_s
    from member as m
    join telemetry.slice as s using (sensor_id)
    where m.meter_id = parent.sensor_id
    group by s.time
    having bool_or(m.is_self)
) as x
cross join lateral (
    select count(*) filter (where n.is_enabled) as submeters, count(*) as children
    from plant.sensor as n where n.parent_id = parent.sensor_id
) as c
where c.children > 0;
comment on view api.submeter_balance is 'A meter against the sum of the meters below it, by quarter-hour: what is unexplained shows dead meters and wrong scales';
comment on column api.submeter_balance.time is 'Start of the quarter-hour';
comment on column api.submeter_balance.meter is 'The upper meter';
comment on column api.submeter_balance.energy_kwh is 'What it measured, kWh';
comment on column api.submeter_balance.submeters_kwh is 'What the meters below it measured together, kWh';
comment on column api.submeter_balance.submeters is 'Number of meters below it';
comment on column api.submeter_balance.unexplained_kwh is 'Difference, kWh; NULL where one side is not known';
comment on column api.submeter_balance.is_complete is 'True where all of them cover the whole quarter-hour: judge only these';
