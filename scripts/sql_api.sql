-- What docs/sql-api.md is made of. Named statements; see db/statements.py.

-- name: views
select c.relname::text, d.description
from pg_class as c
left join pg_description as d on d.objoid = c.oid and d.classoid = 'pg_class'::regclass and d.objsubid = 0
where c.relnamespace = 'api'::regnamespace and c.relkind in ('v', 'm')
order by c.relname;

-- name: columns
select c.relname::text, a.attname::text, format_type(a.atttypid, a.atttypmod), d.description
from pg_class as c
join pg_attribute as a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
left join pg_description as d on d.objoid = c.oid and d.classoid = 'pg_class'::regclass and d.objsubid = a.attnum
where c.relnamespace = 'api'::regnamespace and c.relkind in ('v', 'm')
order by c.relname, a.attnum;

-- name: functions
select
    p.proname::text, pg_get_function_identity_arguments(p.oid), pg_get_function_result(p.oid), d.description
from pg_proc as p
left join pg_description as d on d.objoid = p.oid and d.classoid = 'pg_proc'::regclass
where p.pronamespace = 'api'::regnamespace
order by p.proname, 2;
