create view api.energy_model as
select
    m.level,
    m.place,
    m.carrier,
    m.version,
    m.version = max(m.version) over (partition by m.level, m.place, m.carrier) as is_newest,
    m.baseline_from,
    m.baseline_to,
    m.days,
    m.is_valid,
    m.reason,
    m.why,
    m.mean_kwh,
    m.r2,
    100 * m.cv_rmse as cv_rmse_percent,
    100 * m.nmbe as nmbe_percent,
    m.rmse_kwh,
    m.autocorrelation,
    (
        select string_agg(t.input, ', ' order by t.input) from analytics.energy_term as t
        where t.energy_model_id = m.energy_model_id and t.input <> 'constant' and t.coefficient <> 0
    ) as relevant_variables,
    m.fitted_at
from analytics.energy_model as m;
comment on view api.energy_model is 'Energy baselines (EnB, ISO 50006) of machines, lines and sites, with how good they are and whether they hold';
comment on column api.energy_model.level is 'machine, line or site';
comment on column api.energy_model.place is 'Code of the machine, line or site';
comment on column api.energy_model.carrier is 'Energy carrier';
comment on column api.energy_model.version is 'Version; a valid one stays until a person renews it';
comment on column api.energy_model.is_newest is 'True for the newest version';
comment on column api.energy_model.baseline_from is 'First day of the baseline period';
comment on column api.energy_model.baseline_to is 'Last day of the baseline period; the reporting period follows';
comment on column api.energy_model.days is 'Fully measured days of the baseline period that it was fitted to';
comment on column api.energy_model.is_valid is 'True where all conditions of a valid baseline hold; see docs/analytics.md';
comment on column api.energy_model.reason is 'Which conditions do not hold; NULL where all do';
comment on column api.energy_model.why is 'Why this version was made';
comment on column api.energy_model.mean_kwh is 'Mean energy of a day of the baseline period, kWh';
comment on column api.energy_model.r2 is 'Share of the variance that it explains in the baseline period; look at cv_rmse_percent beside it';
comment on column api.energy_model.cv_rmse_percent is 'CV(RMSE) of days that were left out of the fit, week by week, in percent of the mean; ASHRAE Guideline 14 asks for 30 at most';
comment on column api.energy_model.nmbe_percent is 'NMBE of the same days: mean of actual - expected in percent of the mean; 10 at most either way';
comment on column api.energy_model.rmse_kwh is 'Root mean square of the residuals of the fit, kWh';
comment on column api.energy_model.autocorrelation is 'Autocorrelation of the residuals of neighbouring days';
comment on column api.energy_model.relevant_variables is 'What it takes into account: run_h, quantity of a reference, saturday, off (Sundays and holidays), drivers';
comment on column api.energy_model.fitted_at is 'When it was fitted';
