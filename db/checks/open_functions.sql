-- check: functions that delete, lock or schedule are closed to everybody
-- level: fail
-- An update of TimescaleDB brings new ones, open. A deploy by a superuser closes them.
select c.signature::text as open
from ops.closed_function as c
where c.is_open
order by 1;
