-- What a backup asks. Named statements; see db/statements.py.

-- name: session
-- Rows as text have to look the same wherever they are compared.
set time zone 'UTC';
set datestyle = 'ISO, YMD';
set intervalstyle = 'postgres';
set extra_float_digits = 1;
set bytea_output = 'hex';
set statement_timeout = 0;
set idle_in_transaction_session_timeout = 0;
set search_path = pg_catalog;

-- name: snapshot
select pg_export_snapshot();

-- name: server
select
    current_database() as database,
    version() as version,
    current_setting('server_version') as server_version,
    current_setting('server_version_num')::int / 10000 as server_major,
    (select e.extversion from pg_extension as e where e.extname = 'timescaledb') as timescaledb,
    (select r.rolsuper from pg_roles as r where r.rolname = current_user) as is_superuser,
    to_regnamespace('plant') is not null as is_deployed;

-- name: revision
select v.version_num from public.alembic_version as v;

-- name: has_revision
select to_regclass('public.alembic_version') is not null;

-- name: relations
-- Every table that holds something, with the column that tells the day of a row where it has one.
select
    n.nspname as schema,
    c.relname as name,
    a.attname as day_of
from pg_class as c
inner join pg_namespace as n on c.relnamespace = n.oid
left join pg_attribute as a
    on
        c.oid = a.attrelid and a.attname in ('time', 'bucket') and a.attnotnull
        and a.atttypid = 'timestamptz'::regtype and not a.attisdropped
where
    c.relkind in ('r', 'p') and (
        n.nspname in ('plant', 'telemetry', 'ingest', 'analytics', 'ops')
        or n.nspname = '_timescaledb_internal' and c.relname ~ '^_materialized_hypertable_[0-9]+$'
    )
order by n.nspname, c.relname;

-- name: objects
-- What has to survive beside rows: tables, views, functions, triggers, indexes, constraints, and who may do what. By
-- name: PostgreSQL writes a definition that it has read from a dump with other brackets.
with own_schema as (
    select oid, nspname, nspacl, nspowner from pg_namespace
    where nspname in ('plant', 'telemetry', 'ingest', 'analytics', 'ops', 'api')
),

granted (object, acl) as (
    select 'schema ' || s.nspname, coalesce(s.nspacl, acldefault('n', s.nspowner)) from own_schema as s
    union all
    select
        case c.relkind when 'v' then 'view ' when 'S' then 'sequence ' else 'table ' end || c.oid::regclass,
        coalesce(c.relacl, acldefault(case c.relkind when 'S' then 's' else 'r' end::"char", c.relowner))
    from pg_class as c
    where c.relnamespace in (select oid from own_schema) and c.relkind in ('r', 'p', 'v', 'S')
    union all
    select 'column ' || a.attrelid::regclass || '.' || a.attname, a.attacl
    from pg_attribute as a
    inner join pg_class as c on a.attrelid = c.oid
    where c.relnamespace in (select oid from own_schema) and a.attacl is not null
    union all
    select 'function ' || p.oid::regprocedure, coalesce(p.proacl, acldefault('f', p.proowner))
    from pg_proc as p
    where p.pronamespace in (select oid from own_schema) and p.prokind in ('f', 'p')
)

select g.object || ' ' || coalesce((select string_agg(x.acl::text, ' ' order by x.acl::text) from unnest(g.acl) as x (acl)), '')
from granted as g
union all
select 'trigger ' || t.tgname || ' of ' || t.tgrelid::regclass
from pg_trigger as t
inner join pg_class as c on t.tgrelid = c.oid
where not t.tgisinternal and c.relnamespace in (select oid from own_schema)
union all
select 'index ' || i.indexrelid::regclass || ' of ' || i.indrelid::regclass || case when i.indisvalid then '' else ', not valid' end
from pg_index as i
inner join pg_class as c on i.indexrelid = c.oid
where c.relnamespace in (select oid from own_schema)
union all
select 'constraint ' || k.conname || ' of ' || k.conrelid::regclass || case when k.convalidated then '' else ', not valid' end
from pg_constraint as k
where k.connamespace in (select oid from own_schema)
order by 1;

-- name: timescaledb_objects
select format(
    'chunk of %%s.%%s from %%s to %%s%%s', c.hypertable_schema, c.hypertable_name, c.range_start, c.range_end,
    case when c.is_compressed then ', compressed' end
)
from timescaledb_information.chunks as c
union all
select format(
    'continuous aggregate %%s.%%s%%s', a.view_schema, a.view_name, case when a.materialized_only then ' alone' else ' in real time' end
)
from timescaledb_information.continuous_aggregates as a
union all
select format('job %%s %%s.%%s every %%s of %%s %%s', j.job_id, j.proc_schema, j.proc_name, j.schedule_interval, j.owner, j.config)
from timescaledb_information.jobs as j
where j.job_id >= 1000
order by 1;

-- name: note_backup
select ops.note_backup(%(file)s::text, %(made_at)s::timestamptz, %(size)s::bigint, %(sha256)s::text);

-- name: note_restore_check
select ops.note_restore_check(
    %(file)s::text, %(made_at)s::timestamptz, %(rows)s::bigint, %(duration_s)s::float8, %(difference)s::text
);

-- name: can_note
select to_regprocedure('ops.note_restore_check(text,timestamptz,bigint,double precision,text)') is not null;

-- name: foreign_objects
-- What a database holds that is no part of an extension: it has to be empty to be restored into.
select count(*)
from pg_class as c
inner join pg_namespace as n on c.relnamespace = n.oid
where
    n.nspname !~ '^(pg_|_timescaledb|timescaledb_)' and n.nspname <> 'information_schema'
    and not exists (
        select from pg_depend as d where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'e'
    );

-- name: exists
select exists (select from pg_database as d where d.datname = %(name)s);

-- name: has_timescaledb
select exists (
    select from pg_available_extension_versions as v where v.name = 'timescaledb' and v.version = %(version)s
);

-- name: timescaledb_versions
select coalesce(string_agg(v.version, ', ' order by v.version), 'none')
from pg_available_extension_versions as v where v.name = 'timescaledb';

-- name: pre_restore
select public.timescaledb_pre_restore();

-- name: post_restore
-- It starts the workers; stopped in the same transaction, they change nothing before all is compared.
select public.timescaledb_post_restore();
select _timescaledb_functions.stop_background_workers();

-- name: start_workers
select _timescaledb_functions.start_background_workers();
