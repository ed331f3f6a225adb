create view api.attention as
select
    (
        select count(distinct n.lot_id) from plant.lot_run as n where n.during @> now()
    ) as running_lots,
    (
        select count(*) from analytics.episode as e
        where e.closed_at is null and e.verdict is distinct from 'false' and e.verdict is distinct from 'planned-stop'
    ) as open_anomalies,
    s.silent_sensors,
    s.sensors,
    h.failed_checks
from (
    select count(*) as sensors, count(*) filter (where x.is_silent) as silent_sensors
    from api.sensor as x where x.is_enabled and x.kind <> 'state'
) as s
cross join (
    select count(*) filter (where not x.is_ok) as failed_checks from ops.health as x
) as h;
comment on view api.attention is 'What runs now and what needs a look, in numbers: one row';
comment on column api.attention.running_lots is 'Lots that are on a machine now';
comment on column api.attention.open_anomalies is 'Episodes that go on and that nobody called false or a planned stop';
comment on column api.attention.silent_sensors is 'Enabled sensors that are silent, as in api.sensor';
comment on column api.attention.sensors is 'Enabled sensors';
comment on column api.attention.failed_checks is 'Checks of api.health that are not well';
