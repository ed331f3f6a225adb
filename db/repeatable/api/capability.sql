create view api.capability as
select
    f.code as reference,
    f.temperature_minimum_c as band_minimum_c,
    f.temperature_maximum_c as band_maximum_c,
    c.center as mean_c,
    c.moving_range / 1.128 as sigma_c,
    x.cp,
    x.cpk,
    c.lots,
    c.version as limit_version,
    case
        when f.temperature_minimum_c is null and f.temperature_maximum_c is null then 'its temperature band is not declared'
        when c.version is null then 'too few lots with a temperature: lotwatt jobs lots freezes limits when there are enough'
        when c.moving_range = 0 then 'all lots of the baseline have the same temperature'
    end as reason
from plant.reference as f
left join lateral (
    select l.* from analytics.control_limit as l
    where l.reference_id = f.reference_id and l.figure = 'temperature_c_mean'
    order by l.version desc limit 1
) as c on true
cross join lateral api.capability_of(
    c.center, c.moving_range / 1.128, f.temperature_minimum_c, f.temperature_maximum_c
) as x;
comment on view api.capability is 'Cp and Cpk of each reference: how the mean temperatures of its lots fit into its band';
comment on column api.capability.reference is 'Product made';
comment on column api.capability.band_minimum_c is 'Lower end of its temperature band, degrees C';
comment on column api.capability.band_maximum_c is 'Upper end of its temperature band, degrees C';
comment on column api.capability.mean_c is 'Mean of the lots of the baseline, degrees C';
comment on column api.capability.sigma_c is 'Mean moving range from lot to lot / 1.128, degrees C';
comment on column api.capability.cp is 'Width of the band / 6 sigma; NULL without both ends';
comment on column api.capability.cpk is 'Distance of the mean from the nearer end / 3 sigma; below zero where the mean is outside';
comment on column api.capability.lots is 'Lots behind it';
comment on column api.capability.limit_version is 'Version of the limits, the newest';
comment on column api.capability.reason is 'Why there is no figure; NULL where there is one';
