-- Who only reads: logins that are readers and neither jobs nor owners of anything here.
create or replace view ops.reader_login as
select
    r.oid,
    r.rolname as name
from pg_roles as r
where
    r.rolcanlogin and not r.rolsuper
    and pg_has_role(r.oid, 'lotwatt_reader', 'member')
    and not pg_has_role(r.oid, 'lotwatt_jobs', 'member')
    and not pg_has_role(r.oid, 'lotwatt_owner', 'member');
comment on view ops.reader_login is 'Logins that only read: Grafana and analysts';
