create view api.golden_profile as
select
    f.code as reference,
    g.version,
    g.version = (select max(x.version) from analytics.golden as x where x.reference_id = g.reference_id) as is_newest,
    p.measure,
    p.phase,
    p.median,
    p.spread,
    p.median - 3 * p.spread as low,
    p.median + 3 * p.spread as high,
    p.lots,
    g.lots as golden_lots,
    g.candidates,
    g.frozen_at
from analytics.golden as g
join plant.reference as f using (reference_id)
join analytics.golden_phase as p using (reference_id, version);
comment on view api.golden_profile is 'How a lot of a reference goes when it goes well: temperature and power by phase, over its best lots';
comment on column api.golden_profile.reference is 'Product made';
comment on column api.golden_profile.version is 'Version; a new one only where a person asks for it';
comment on column api.golden_profile.is_newest is 'True for the newest version: lots are compared with that one';
comment on column api.golden_profile.measure is 'temperature_c or power_kw';
comment on column api.golden_profile.phase is 'Phase 1 to 50: 2 percent of the lot each';
comment on column api.golden_profile.median is 'Median over the golden lots, degrees C or kW';
comment on column api.golden_profile.spread is 'Robust standard deviation of one lot about it';
comment on column api.golden_profile.low is 'median - 3 spread';
comment on column api.golden_profile.high is 'median + 3 spread';
comment on column api.golden_profile.lots is 'Golden lots that were measured in this phase';
comment on column api.golden_profile.golden_lots is 'The golden lots: of the candidates the quarter, and at least 5, that used least per unit';
comment on column api.golden_profile.candidates is 'Lots that were looked at: well measured, of a known quantity, and nobody said that something was wrong. Of these, a quarter that was longest out of its temperature band could not become golden';
comment on column api.golden_profile.frozen_at is 'When it was made';
