-- What the check of a running Grafana asks the database. Named statements; see db/statements.py.

-- name: login
-- Whether the datasource's login may do other things than a reader: any viewer could then do them too.
select current_user::text as login,
    r.rolsuper or r.rolcreaterole or not pg_has_role('lotwatt_reader', 'member') or exists (
        select from pg_roles as o
        where o.rolname like 'lotwatt\_%' and o.rolname <> 'lotwatt_reader' and o.oid <> r.oid
            and pg_has_role(o.oid, 'member')
    ) as is_more
from pg_roles as r where r.rolname = current_user;
