-- What tests/reset.py asks. Named statements; see db/statements.py.

-- name: tables
-- Tables that hold rows of the plant, and continuous aggregates, which are truncated apart.
select
    format('%%I.%%I', n.nspname, c.relname) as name,
    c.relkind = 'v' as is_aggregate
from pg_class as c
inner join pg_namespace as n on c.relnamespace = n.oid
where
    n.nspname in ('plant', 'telemetry', 'ingest', 'analytics', 'ops')
    and c.relname <> 'applied_sql'
    and (c.relkind in ('r', 'p') or c.oid = any(%(aggregates)s::oid[]))
order by 2 desc, 1;
