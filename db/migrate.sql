-- What db/migrate.py asks of the catalog. Named statements; see db/statements.py.

-- name: session
set search_path = pg_catalog, pg_temp; set lock_timeout = '10s'; set client_min_messages = warning;

-- name: lock
-- One deploy at a time; a second one waits for lock_timeout and then says so.
select pg_advisory_lock(7022610394);

-- name: unlock
select pg_advisory_unlock(7022610394);

-- name: become_owner
set role lotwatt_owner; set search_path = public;

-- name: create_timescaledb
-- By an administrator, so that the owner of tables cannot drop it. Its files say the same again.
create extension if not exists timescaledb schema public;

-- name: become_oneself
-- A superuser finds nothing by name but what is PostgreSQL's own: the owner may have put a function into public that
-- fits better, and it would run as superuser.
reset role; set search_path = pg_catalog, pg_temp;

-- name: deployer
-- Who deploys, whose the schemas are, whether who deploys may act as the owner, and whether the owner is let in here.
select
    r.rolsuper,
    session_user,
    (select pg_get_userbyid(n.nspowner) from pg_namespace as n where n.nspname = 'plant') as owner,
    coalesce(pg_has_role(session_user, o.oid, 'member'), false) as is_member,
    coalesce(has_database_privilege(o.oid, current_database(), 'create'), false) as may_create
from pg_roles as r
left join pg_roles as o on o.rolname = 'lotwatt_owner'
where r.rolname = session_user;

-- name: has_catalog
select to_regclass('_timescaledb_catalog.continuous_agg') is not null;

-- name: continuous_aggregates
select format('%I.%I', user_view_schema, user_view_name)::regclass::oid
from _timescaledb_catalog.continuous_agg;

-- name: objects
-- Functions, procedures and views that a deploy replaces, with the drop that takes each away.
with own_schema as (
    select oid from pg_namespace
    where nspname in ('plant', 'telemetry', 'ingest', 'analytics', 'ops', 'api')
),

found as (
    select
        p.oid,
        'pg_proc'::regclass::oid as class_id,
        format('drop routine %%s', p.oid::regprocedure) as statement
    from pg_proc as p
    where p.pronamespace in (select oid from own_schema)
    union all
    select
        c.oid,
        'pg_class'::regclass::oid as class_id,
        format('drop %%s %%s', case c.relkind when 'm' then 'materialized view' else 'view' end, c.oid::regclass)
    from pg_class as c
    where c.relkind in ('v', 'm') and c.relnamespace in (select oid from own_schema)
)

select
    found.class_id,
    found.oid,
    found.statement
from found
where
    not exists (
        select 1
        from pg_depend as d
        where d.classid = found.class_id and d.objid = found.oid and d.deptype = 'e'
    )
    and not (found.oid = any(%(kept)s))
order by found.statement;

-- name: dependencies
-- Who needs whom, as (class, oid) pairs; a view needs what its rewrite rule needs, and a function
-- that returns rows of a view needs that view by its row type.
with edge as (
    select
        case when d.classid = 'pg_rewrite'::regclass then 'pg_class'::regclass::oid else d.classid end as class_id,
        case when d.classid = 'pg_rewrite'::regclass then w.ev_class else d.objid end as oid,
        case when t.typrelid > 0 then 'pg_class'::regclass::oid else d.refclassid end as needed_class_id,
        case when t.typrelid > 0 then t.typrelid else d.refobjid end as needed_oid
    from pg_depend as d
    left join pg_rewrite as w on d.classid = 'pg_rewrite'::regclass and d.objid = w.oid
    left join pg_type as ty on d.refclassid = 'pg_type'::regclass and d.refobjid = ty.oid
    left join pg_type as t on t.oid = case when ty.typelem > 0 and ty.typrelid = 0 then ty.typelem else ty.oid end
    where
        d.classid in ('pg_proc'::regclass, 'pg_rewrite'::regclass)
        and d.refclassid in ('pg_proc'::regclass, 'pg_class'::regclass, 'pg_type'::regclass)
)

select distinct
    class_id,
    oid,
    needed_class_id,
    needed_oid
from edge
where (class_id, oid) <> (needed_class_id, needed_oid);

-- name: triggers
-- Triggers of our tables that call one of our functions: versioned SQL never makes one.
select format('drop trigger %%I on %%s', t.tgname, t.tgrelid::regclass)
from pg_trigger as t
inner join pg_class as c on t.tgrelid = c.oid
where
    not t.tgisinternal
    and t.tgfoid = any(%(functions)s)
    and c.relnamespace in (
        select oid from pg_namespace
        where nspname in ('plant', 'telemetry', 'ingest', 'analytics', 'ops', 'api')
    )
order by 1;

-- name: has_applied_sql
select to_regclass('ops.applied_sql') is not null;

-- name: applied
select path, sha256 from ops.applied_sql order by path;

-- name: record
insert into ops.applied_sql as a (path, sha256) values (%(path)s, %(sha256)s)
on conflict (path) do update set sha256 = excluded.sha256, applied_at = now()
where a.sha256 <> excluded.sha256;

-- name: forget
delete from ops.applied_sql where not (path = any(%(paths)s));

-- name: current
select version_num from public.alembic_version;

-- name: has_current
select to_regclass('public.alembic_version') is not null;

-- name: server
select
    current_setting('server_version') as server_version,
    (select extversion from pg_extension where extname = 'timescaledb') as timescaledb_version,
    (select default_version from pg_available_extensions where name = 'timescaledb') as available_version;
