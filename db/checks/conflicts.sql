-- check: nobody claims what somebody else holds
-- level: warn
select
    c.conflict,
    c.machine,
    c.lot,
    c.time,
    c.detail
from api.conflict as c
order by c.time;
