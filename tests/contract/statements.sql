-- What the contract tests ask of the catalog. Named statements; see db/statements.py.

-- name: api_without_comment
select 'schema api' as object
where obj_description('api'::regnamespace, 'pg_namespace') is null
union all
select 'relation ' || c.oid::regclass
from pg_class as c
where c.relnamespace = 'api'::regnamespace and obj_description(c.oid, 'pg_class') is null
union all
select 'column ' || c.oid::regclass || '.' || a.attname
from pg_class as c
inner join pg_attribute as a on c.oid = a.attrelid and a.attnum > 0 and not a.attisdropped
where c.relnamespace = 'api'::regnamespace and col_description(c.oid, a.attnum) is null
union all
select 'function ' || p.oid::regprocedure
from pg_proc as p
where p.pronamespace = 'api'::regnamespace and obj_description(p.oid, 'pg_proc') is null
order by 1;

-- name: api_kinds
select distinct c.relkind::text from pg_class as c where c.relnamespace = 'api'::regnamespace;

-- name: views
select c.oid::regclass::text from pg_class as c
where c.relnamespace = 'api'::regnamespace and c.relkind = 'v' order by 1;

-- name: relations_outside
-- Every table and view that is neither in api nor in PostgreSQL's own catalog.
select c.oid::regclass::text
from pg_class as c
inner join pg_namespace as n on c.relnamespace = n.oid
where
    c.relkind in ('r', 'v', 'm', 'p', 'f')
    and n.nspname in ('plant', 'telemetry', 'ingest', 'analytics', 'ops', 'public', 'timescaledb_information')
order by 1;

-- name: functions_outside
select p.oid::regprocedure::text
from pg_proc as p
where
    p.pronamespace in (
        'plant'::regnamespace, 'telemetry'::regnamespace, 'ingest'::regnamespace, 'analytics'::regnamespace,
        'ops'::regnamespace
    )
    and has_function_privilege('lotwatt_reader', p.oid, 'execute')
order by 1;

-- name: timescaledb_callable
select distinct n.nspname || '.' || p.proname
from pg_proc as p
join pg_namespace as n on p.pronamespace = n.oid
where n.nspname in ('_timescaledb_functions', '_timescaledb_internal', 'timescaledb_experimental')
    and has_function_privilege(p.oid, 'execute')
order by 1

-- name: guard_rails
select
    current_setting('default_transaction_read_only'),
    current_setting('statement_timeout'),
    current_setting('search_path')

-- name: callable
-- What who asks may call in our schemas.
select n.nspname || '.' || p.proname
from pg_proc as p
join pg_namespace as n on p.pronamespace = n.oid
where n.nspname in ('plant', 'telemetry', 'ingest', 'analytics', 'ops', 'api')
    and has_schema_privilege(n.oid, 'usage') and has_function_privilege(p.oid, 'execute')
order by 1

-- name: copy_readings
copy telemetry.reading (time, sensor_id, value, received_at) from stdin (format binary)
