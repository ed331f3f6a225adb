-- The highest mean power of a quarter-hour, class by class. A quarter-hour counts where every top meter that spoke before
-- measured all of it: what a register advanced over a gap is known in sum, and not when.
-- Where too much of the month is not measured there may have been a higher one: then there is no charge.
create view api.demand_charge as
select
    m.time,
    to_char(m.time at time zone z.time_zone, 'YYYY-MM') as month,
    m.site,
    m.carrier,
    m.tariff,
    p.class,
    m.currency,
    x.peak_kw,
    x.peak_at,
    p.price_per_kw_month::float8 as price_per_kw_month,
    m.share_of_month,
    x.coverage,
    case when x.coverage >= c.minimum then x.peak_kw * p.price_per_kw_month::float8 * m.share_of_month end as demand_cost
from analytics.tariff_month as m
join plant.site as z using (site_id)
cross join (select t.value::float8 as minimum from ops.setting as t where t.name = 'energy_minimum_coverage') as c
cross join lateral (
    select
        q.class,
        max(q.energy_kwh * 4) as peak_kw,
        (array_agg(q.time order by q.energy_kwh desc, q.time))[1] as peak_at,
        least(sum(count(*)) over () * 900 / date_part('epoch', least(m.to_time, now()) - greatest(m.from_time, m.since[1])), 1) as coverage
    from (
        select y.time, min(y.class) as class, sum(y.energy_kwh) as energy_kwh
        from analytics.slice_cost as y
        where y.sensor_id = any (m.sensor_ids) and y.time >= m.from_time and y.time < m.to_time
        group by y.time
        having sum(y.measured_s) >= 900 * width_bucket(y.time, m.since) - 1
    ) as q
    group by q.class
) as x
join plant.tariff_price as p on p.tariff_id = m.tariff_id and p.class = x.class
where p.price_per_kw_month is not null;
comment on view api.demand_charge is 'Demand charges by month of plant time: the highest quarter-hour of each class that is charged, of all top meters of a site together';
comment on column api.demand_charge.time is 'Start of the local month';
comment on column api.demand_charge.month is 'The same as year and month';
comment on column api.demand_charge.site is 'Site';
comment on column api.demand_charge.carrier is 'Energy carrier';
comment on column api.demand_charge.tariff is 'Tariff; a month in which it changes has two';
comment on column api.demand_charge.class is 'Class of time of use';
comment on column api.demand_charge.currency is 'Currency of the site';
comment on column api.demand_charge.peak_kw is 'Highest mean power of a quarter-hour in the class, kW';
comment on column api.demand_charge.peak_at is 'Start of that quarter-hour';
comment on column api.demand_charge.price_per_kw_month is 'Price of a kW for a month';
comment on column api.demand_charge.share_of_month is 'Days of the month on which the tariff holds / days of the month';
comment on column api.demand_charge.coverage is 'Quarter-hours measured whole / quarter-hours so far of the tariff in the month';
comment on column api.demand_charge.demand_cost is 'peak_kw x price_per_kw_month x share_of_month, as it stands now; NULL where coverage is below the setting energy_minimum_coverage';
