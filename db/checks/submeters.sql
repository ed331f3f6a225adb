-- check: no meter shows less than the meters below it
-- level: warn
-- A dead parent, a wrong scale or a wrong parent; over the last day of data, more than one per cent.
with span as (
    select max(s.time) + interval '15 minutes' as to_time from telemetry.slice as s
),

advance as (
    select
        x.sensor_id,
        sum(s.amount) as amount
    from span
    inner join telemetry.slice as s on s.time >= span.to_time - interval '1 day'
    inner join plant.sensor as x on s.sensor_id = x.sensor_id
    where x.quantity = 'energy'
    group by x.sensor_id
)

select
    p.code as meter,
    a.amount as advance,
    sum(b.amount) as advance_below
from plant.sensor as p
inner join advance as a on p.sensor_id = a.sensor_id
inner join plant.sensor as c on p.sensor_id = c.parent_id
inner join advance as b on c.sensor_id = b.sensor_id
group by p.code, a.amount
having sum(b.amount) > 1.01 * a.amount + 1e-6
order by p.code;
