-- Functions that come open to everybody and that a role which only selects must not have: large objects, locks,
-- the log of changes; and what is TimescaleDB's own, which lets everybody schedule jobs and drop chunks by functions
-- that ask for no right on the table, so that a reader could delete every reading, even in a read-only transaction.
-- All of TimescaleDB's are closed but the two that reading an aggregate needs, and those that look for a value in a
-- compressed chunk (which run with the rights of who asks); of those in public, all that can change something. An update of the extension brings new ones: they show here as open until the next deploy.
create or replace view ops.closed_function as
select
    p.oid::regprocedure as signature,
    has_function_privilege('public', p.oid, 'execute') as is_open
from pg_proc as p
inner join pg_namespace as n on p.pronamespace = n.oid
left join pg_depend as d on p.oid = d.objid and d.classid = 'pg_proc'::regclass and d.deptype = 'e'
left join pg_extension as e on d.refobjid = e.oid
where
    n.nspname = 'pg_catalog' and (
        p.proname in ('lo_creat', 'lo_create', 'lo_from_bytea', 'lo_open', 'lo_unlink', 'lo_put', 'pg_logical_emit_message')
        or p.proname ~ '^pg_(try_)?advisory_(xact_)?lock(_shared)?$'
    )
    or e.extname = 'timescaledb' and (
        n.nspname in ('_timescaledb_internal', 'timescaledb_experimental')
        or n.nspname = '_timescaledb_functions' and p.proname not in ('cagg_watermark', 'to_timestamp')
        and p.proname !~ '^bloom1_(contains|hash)'
        or n.nspname = 'public' and p.provolatile = 'v'
        and p.proname not in ('time_bucket_gapfill', 'locf', 'interpolate')
    );
comment on view ops.closed_function is
'Functions of PostgreSQL and TimescaleDB that are closed to everybody here; is_open: not yet, an administrator has to deploy';
