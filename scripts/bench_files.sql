-- What make bench-files asks. Named statements; see db/statements.py.

-- name: plant
with site as (insert into plant.site (code, name, time_zone) values ('s', 's', 'UTC') returning site_id)
insert into plant.sensor (code, topic, site_id, kind, role, quantity, unit, max_gap)
select 's' || n, 'bench/s' || n, site_id, 'gauge', 'other', 'pressure', 'bar', '10 minutes'
from site cross join generate_series(0, %(sensors)s::int - 1) as n

-- name: bare
create table public.bare (time timestamptz, sensor_id int, value float8)

-- name: copy
copy public.bare (time, sensor_id, value) from stdin (format csv)
