-- What the commands ask of the database. Named statements; see db/statements.py.

-- name: plant_apply
select object, name, action, old_value, new_value
from plant.apply(%(plant)s::jsonb, %(dry_run)s::boolean);

-- name: sensor_adopt
select name, new_value
from plant.adopt_sensor(
    %(topic)s::text, %(machine)s::text, %(role)s::text, %(unit)s::text,
    %(kind)s::text, %(quantity)s::text, %(scale)s::float8, %(code)s::text
);

-- name: sensor_replay
select * from ingest.replay_held(%(topic)s::text);
