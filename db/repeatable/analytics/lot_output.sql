-- What counters say that a lot made. Machines in a row count the same pieces: only where one machine counts is it the
-- lot's number, and only where it counted for nearly all of its runs is it all of that number.
create or replace view analytics.lot_output as
select c.lot_id, sum(c.quantity) as quantity, bit_or(c.flags) as flags
from (
    select o.lot_id, o.machine_id, sum(o.amount) as quantity, sum(o.known_s) as known_s, bit_or(o.flags) as flags
    from analytics.lot_sum as o
    where o.role = 'output'
    group by o.lot_id, o.machine_id
) as c
cross join lateral (
    select sum(greatest(date_part('epoch', least(coalesce(upper(r.during), now()), now()) - lower(r.during)), 0)) as run_s
    from plant.lot_run as r
    where r.lot_id = c.lot_id and r.machine_id = c.machine_id
) as n
cross join (select t.value::float8 as minimum_coverage from ops.setting as t where t.name = 'kpi_minimum_coverage') as s
group by c.lot_id
having count(*) = 1 and bool_and(c.known_s >= s.minimum_coverage * n.run_s);
comment on view analytics.lot_output is 'Good units of a lot as its one counting machine counted them, where it counted for nearly all of its runs';
