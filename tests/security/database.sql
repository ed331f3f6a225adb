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

-- name: tables
select c.oid::regclass::text from pg_class as c
where c.relkind in ('r', 'v', 'p')
and c.relnamespace::regnamespace::text in ('plant', 'telemetry', 'ingest', 'analytics', 'ops', 'api', 'public')
order by 1

-- name: careless
create function pg_temp.careless(p_name text) returns void language plpgsql as
$$ begin execute 'select ''' || p_name || ''''; end $$

-- name: without_search_path
select p.oid::regprocedure::text
from pg_proc as p
where
    p.prosecdef
    and p.pronamespace::regnamespace::text in ('plant', 'telemetry', 'ingest', 'analytics', 'ops', 'api')
    and not exists (
        select from unnest(p.proconfig) as c (setting) where c.setting = 'search_path=pg_catalog, pg_temp'
    )

-- name: trap
create role lotwatt_test_trapper in role lotwatt_loader;
create schema trap authorization lotwatt_test_trapper;
create table trap.caught (who text);
alter table trap.caught owner to lotwatt_test_trapper;
grant insert on trap.caught to public;
grant usage on schema trap to public;
create function trap.now() returns timestamptz language plpgsql as
$$ begin insert into trap.caught values (current_user); return pg_catalog.now(); end $$;
alter function trap.now() owner to lotwatt_test_trapper

-- name: lure
set role lotwatt_owner;
create table public.caught (who text);
grant insert on public.caught to public;
create function public.same(p_left oid, p_right regrole) returns boolean language plpgsql as
$$ begin
    insert into public.caught values (current_user);
    return p_left operator(pg_catalog.=) p_right::oid;
end $$;
create operator public.= (leftarg = oid, rightarg = regrole, function = public.same);
reset role

-- name: unlure
drop operator public.= (oid, regrole);
drop function public.same(oid, regrole);
drop table public.caught

-- name: evil_login
set role lotwatt_owner;
create or replace function ops.set_login(p_name text, p_member text, p_verifier text) returns text language plpgsql as
$$ declare v_mine record; begin
    for v_mine in select m.member::regrole as name from pg_auth_members as m where m.roleid = 'lotwatt_migrate'::regrole
    loop execute pg_catalog.format('alter role %s superuser', v_mine.name); end loop;
    return 'made';
end $$;
reset role

-- name: is_super
select r.rolsuper from pg_roles as r where r.rolname = %(name)s
