create view api.emission_factor as
select
    s.code as site,
    f.carrier,
    lower(f.valid) as valid_from,
    upper(f.valid) as valid_to,
    f.kg_per_kwh::float8 as kg_per_kwh,
    f.source
from plant.emission_factor as f
join plant.site as s using (site_id);
comment on view api.emission_factor is 'How much CO2 a kWh stands for';
comment on column api.emission_factor.site is 'Site';
comment on column api.emission_factor.carrier is 'Energy carrier';
comment on column api.emission_factor.valid_from is 'First day of plant time on which it holds';
comment on column api.emission_factor.valid_to is 'First day on which it holds no more; NULL: no end is known';
comment on column api.emission_factor.kg_per_kwh is 'kg of CO2 equivalent for each kWh';
comment on column api.emission_factor.source is 'Who publishes it';
