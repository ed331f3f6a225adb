-- Everything that defines our schemas, one row for each fact. See tests/migration/catalog.py.

-- name: facts
with own_schema as (
    select oid, nspname from pg_namespace
    where nspname in ('plant', 'telemetry', 'ingest', 'analytics', 'ops', 'api')
),

own_class as (
    select c.oid, s.nspname || '.' || c.relname as name, c.relkind, c.relacl, c.reloptions
    from pg_class as c
    inner join own_schema as s on c.relnamespace = s.oid
),

own_function as (
    select p.oid, p.oid::regprocedure::text as name, p.proacl
    from pg_proc as p
    inner join own_schema as s on p.pronamespace = s.oid
    where p.prokind <> 'a'
)

select 'relation' as fact, c.name, concat_ws(' ', c.relkind, c.relacl::text, c.reloptions::text) as said
from own_class as c
where c.relkind <> 'i'
union all
select
    'column', c.name || '.' || a.attname,
    concat_ws(
        ' ', a.attnum, format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attidentity,
        pg_get_expr(d.adbin, d.adrelid), col_description(c.oid, a.attnum)
    )
from own_class as c
inner join pg_attribute as a on c.oid = a.attrelid and a.attnum > 0 and not a.attisdropped
left join pg_attrdef as d on c.oid = d.adrelid and a.attnum = d.adnum
where c.relkind <> 'i'
union all
select 'constraint', c.name || '.' || k.conname, pg_get_constraintdef(k.oid)
from own_class as c
inner join pg_constraint as k on c.oid = k.conrelid
union all
select 'index', c.name, pg_get_indexdef(c.oid)
from own_class as c
where c.relkind = 'i'
union all
select 'view', c.name, pg_get_viewdef(c.oid)
from own_class as c
where c.relkind in ('v', 'm')
union all
select 'trigger', c.name || '.' || t.tgname, pg_get_triggerdef(t.oid)
from own_class as c
inner join pg_trigger as t on c.oid = t.tgrelid
where not t.tgisinternal
union all
select 'function', f.name, concat_ws(' ', pg_get_functiondef(f.oid), f.proacl::text, obj_description(f.oid, 'pg_proc'))
from own_function as f
union all
select 'comment', c.name, obj_description(c.oid, 'pg_class')
from own_class as c
where obj_description(c.oid, 'pg_class') is not null
union all
select 'schema', s.nspname, concat_ws(' ', n.nspacl::text, obj_description(s.oid, 'pg_namespace'))
from own_schema as s
inner join pg_namespace as n on s.oid = n.oid
union all
select 'label', s.nspname || '.' || t.typname, string_agg(e.enumlabel, ' ' order by e.enumsortorder)
from own_schema as s
inner join pg_type as t on s.oid = t.typnamespace
inner join pg_enum as e on t.oid = e.enumtypid
group by s.nspname, t.typname
order by 1, 2;

-- name: policies
select p.name from ops.policy as p order by p.name;

-- name: waiting_for_roles
select count(*) from pg_locks as l
where l.relation = 'pg_catalog.pg_authid'::regclass and l.database = 0 and not l.granted;
