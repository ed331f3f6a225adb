-- check: nothing contradicts itself (api.conflict)
-- level: warn
select c.conflict, c.time, c.machine, c.lot, c.detail
from api.conflict as c
order by c.time
