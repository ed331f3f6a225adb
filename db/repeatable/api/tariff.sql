create view api.tariff as
select
    t.code as tariff,
    s.code as site,
    t.carrier,
    lower(t.valid) as valid_from,
    upper(t.valid) as valid_to,
    p.class,
    p.price_per_kwh::float8 as price_per_kwh,
    p.price_per_kw_month::float8 as price_per_kw_month,
    s.currency
from plant.tariff as t
join plant.site as s using (site_id)
join plant.tariff_price as p using (tariff_id);
comment on view api.tariff is 'What energy costs: tariffs with the prices of their classes';
comment on column api.tariff.tariff is 'Code of the tariff';
comment on column api.tariff.site is 'Site';
comment on column api.tariff.carrier is 'Energy carrier, such as electricity or gas';
comment on column api.tariff.valid_from is 'First day of plant time on which it holds';
comment on column api.tariff.valid_to is 'First day on which it holds no more; NULL: no end is known';
comment on column api.tariff.class is 'Class of time of use';
comment on column api.tariff.price_per_kwh is 'Price of a kWh, in the currency';
comment on column api.tariff.price_per_kw_month is 'Demand charge for each kW of the highest quarter-hour of a month in this class; NULL: none is charged';
comment on column api.tariff.currency is 'Currency of the site';
