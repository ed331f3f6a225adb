create view api.lot_driver as
select
    t.number as lot,
    x.code as driver,
    case x.statistic
        when 'mean' then x.value_s / nullif(x.measured_s, 0)
        when 'minimum' then x.minimum
        when 'maximum' then x.maximum
        when 'amount' then x.amount
    end as value,
    x.statistic,
    case when x.statistic = 'amount' then x.known_s else x.measured_s end / nullif(n.run_s, 0) as coverage
from plant.lot as t
cross join lateral (
    -- a sensor that died after a tenth of the lot says nothing about its mean
    select d.code, d.statistic,
        sum(u.value_s) as value_s,
        sum(u.measured_s) as measured_s,
        sum(u.known_s) as known_s,
        sum(u.amount) as amount,
        min(u.minimum) as minimum,
        max(u.maximum) as maximum
    from analytics.lot_sum as u
    join plant.driver as d using (sensor_id)
    where u.lot_id = t.lot_id
    group by d.code, d.statistic
) as x
cross join lateral (
    select sum(greatest(date_part('epoch', least(coalesce(upper(r.during), now()), now()) - lower(r.during)), 0)) as run_s
    from plant.lot_run as r
    where r.lot_id = t.lot_id and r.machine_id in (
        select s.machine_id from plant.driver as d join plant.sensor as s using (sensor_id) where d.code = x.code
    )
) as n
cross join (select s.value::float8 as minimum_coverage from ops.setting as s where s.name = 'kpi_minimum_coverage') as m
where n.run_s is not null
    and case when x.statistic = 'amount' then x.known_s else x.measured_s end >= m.minimum_coverage * n.run_s
union all
select t.number, d.code, d.value, null, null
from plant.lot_driver as d
join plant.lot as t using (lot_id)
where not exists (select from plant.driver as s where s.code = d.code and s.sensor_id is not null);
comment on view api.lot_driver is 'What decides, besides quantity and time, how much a lot uses: drivers as declared in the plant file';
comment on column api.lot_driver.lot is 'Lot';
comment on column api.lot_driver.driver is 'Driver';
comment on column api.lot_driver.value is 'Its value for this lot, in the unit of its sensor, or as declared';
comment on column api.lot_driver.statistic is 'mean, minimum, maximum or amount of its sensor over the lot; NULL where the value was declared';
comment on column api.lot_driver.coverage is 'Measured share of the lot: at least kpi_minimum_coverage, as there is no row below it; NULL where it was declared';
