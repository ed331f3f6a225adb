-- What the report asks besides the statements of the boards. Named statements; see db/statements.py.

-- name: snapshot
-- Everything on a page is of one moment.
set transaction isolation level repeatable read read only;

-- name: limits
-- The database ends a statement that takes longer than this.
select set_config('statement_timeout', %(statement_timeout)s::text, true);

-- name: may_do_more
-- Whether the login may do more than read, and may give that up.
select
    coalesce(bool_or(r.rolname = 'lotwatt_reader'), false)
    and bool_or(r.rolname <> 'lotwatt_reader')
from pg_roles as r
where starts_with(r.rolname, 'lotwatt_') and r.rolname <> current_user and pg_has_role(current_user, r.oid, 'member');

-- name: become_reader
set local role lotwatt_reader;

-- name: time_zone
-- Of the plant: that in which most machines stand.
select m.time_zone from api.machine as m
group by m.time_zone
order by count(*) desc, m.time_zone
limit 1;

-- name: lot_range
-- A lot from its start to its end, or to now.
select l.started_at, coalesce(l.finished_at, now()) from api.lot as l
where l.number = %(number)s::text and l.started_at is not null;
