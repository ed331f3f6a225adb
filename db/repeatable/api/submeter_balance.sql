create view api.submeter_balance as
select
    p.time,
    parent.code as meter,
    p.energy_kwh,
    c.energy_kwh as submeters_kwh,
    c.submeters,
    p.energy_kwh - c.energy_kwh as unexplained_kwh,
    p.known_s >= 899 and c.known_s >= 899 * c.submeters as is_complete
from plant.sensor as parent
cross join lateral (
    select s.time, sum(s.amount) as energy_kwh, sum(s.known_s) as known_s
    from telemetry.slice as s where s.sensor_id = parent.sensor_id group by s.time
) as p
cross join lateral (
    select sum(x.amount) as energy_kwh, sum(x.known_s) as known_s,
        (select count(*) from plant.sensor as n where n.parent_id = parent.sensor_id and n.is_enabled) as submeters
    from telemetry.slice as x
    join plant.sensor as child using (sensor_id)
    where child.parent_id = parent.sensor_id and x.time = p.time
) as c
where exists (select from plant.sensor as n where n.parent_id = parent.sensor_id);
comment on view api.submeter_balance is 'A meter against the sum of the meters below it, by quarter-hour: what is unexplained shows dead meters and wrong scales';
comment on column api.submeter_balance.time is 'Start of the quarter-hour';
comment on column api.submeter_balance.meter is 'The upper meter';
comment on column api.submeter_balance.energy_kwh is 'What it measured, kWh';
comment on column api.submeter_balance.submeters_kwh is 'What the meters below it measured together, kWh';
comment on column api.submeter_balance.submeters is 'Number of meters below it';
comment on column api.submeter_balance.unexplained_kwh is 'Difference, kWh; NULL where one side is not known';
comment on column api.submeter_balance.is_complete is 'True where all of them cover the whole quarter-hour: judge only these';
