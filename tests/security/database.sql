-- What the security tests ask. Named statements; see db/statements.py.

-- name: owners
select distinct pg_get_userbyid(o.owner)
from (
    select n.nspowner as owner from pg_namespace as n
    where n.nspname in ('plant', 'telemetry', 'ingest', 'analytics', 'ops', 'api')
    union all
    select c.relowner from pg_class as c
    where c.relnamespace::regnamespace::text in ('plant', 'telemetry', 'ingest', 'analytics', 'ops', 'api')
    union all
    select p.proowner from pg_proc as p
    where p.pronamespace::regnamespace::text in ('plant', 'telemetry', 'ingest', 'analytics', 'ops', 'api')
    union all
    select t.typowner from pg_type as t
    where t.typnamespace::regnamespace::text in ('plant', 'telemetry', 'ingest', 'analytics', 'ops', 'api')
) as o

-- name: login
select a.rolpassword, a.rolsuper, a.rolconnlimit, s.setconfig
from pg_authid as a
left join pg_db_role_setting as s on s.setrole = a.oid and s.setdatabase = 0
where a.rolname = %(name)s

-- name: set_login
select ops.set_login(%(name)s::text, %(member)s::text, %(verifier)s::text)

-- name: set
update ops.setting set value = %(value)s where name = %(name)s

-- name: busy
select count(*) from pg_stat_activity as a where a.application_name = 'busy' and a.state = 'active'
and a.query like 'select pg_sleep%%' and a.wait_event = 'PgSleep'

-- name: end_busy
select pg_cancel_backend(a.pid) from pg_stat_activity as a where a.application_name = 'busy'
