create view api.lot_model as
select
    m.version,
    m.fitted_at,
    m.valid_from,
    m.version = (select max(n.version) from analytics.lot_model as n) as is_newest,
    m.data_to,
    f.target,
    f.fall_back,
    coalesce(f.lots, m.lots) as lots,
    100 * f.cv_rmse as cv_rmse_percent,
    100 * f.nmbe as nmbe_percent,
    100 * f.coverage as coverage_percent,
    f.method,
    m.minimum_excess_kwh,
    m.reason
from analytics.lot_model as m
left join analytics.lot_fit as f using (version);
comment on view api.lot_model is 'How good the models of lots are: every lot estimated by a model that has not seen it';
comment on column api.lot_model.version is 'Version';
comment on column api.lot_model.fitted_at is 'When the job learned it';
comment on column api.lot_model.valid_from is 'Lots that finish from here on are judged by it, until the next version';
comment on column api.lot_model.is_newest is 'True for the newest version';
comment on column api.lot_model.data_to is 'When the last lot that it learned from finished';
comment on column api.lot_model.target is 'energy or duration';
comment on column api.lot_model.fall_back is 'all lots together; none: references with a term of their own; else family, machine or plant that stood in for the reference';
comment on column api.lot_model.lots is 'Number of lots that were estimated';
comment on column api.lot_model.cv_rmse_percent is 'Root mean square error in percent of the mean, of lots left out';
comment on column api.lot_model.nmbe_percent is 'Mean error in percent of the mean: above zero where lots used more than was expected';
comment on column api.lot_model.coverage_percent is 'Share of the lots that lay inside their 95 % interval';
comment on column api.lot_model.method is 'How lots were left out';
comment on column api.lot_model.minimum_excess_kwh is 'Excess below which no lot is flagged, kWh';
comment on column api.lot_model.reason is 'Why there is no model; NULL where there is one';
