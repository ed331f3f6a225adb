create view api.energy_model_term as
select
    m.level,
    m.place,
    m.carrier,
    m.version,
    t.input,
    t.coefficient,
    t.standard_error,
    t.p_value,
    t.minimum,
    t.maximum
from analytics.energy_model as m
join analytics.energy_term as t using (energy_model_id);
comment on view api.energy_model_term is 'Coefficients of energy baselines: kWh of a day = sum of coefficient x input';
comment on column api.energy_model_term.level is 'machine, line or site';
comment on column api.energy_model_term.place is 'Code of the machine, line or site';
comment on column api.energy_model_term.carrier is 'Energy carrier';
comment on column api.energy_model_term.version is 'Version of the baseline';
comment on column api.energy_model_term.input is 'constant (1), saturday or off (1 on such a day), run_h (hours run), quantity:REFERENCE (good units), driver:CODE';
comment on column api.energy_model_term.coefficient is 'kWh for each unit of the input';
comment on column api.energy_model_term.standard_error is 'Standard error that allows for autocorrelation (HAC, Newey and West, 7 days); NULL for a kind of day that did not occur';
comment on column api.energy_model_term.p_value is 'Probability of such a coefficient where there is no relation';
comment on column api.energy_model_term.minimum is 'Smallest input of the baseline period';
comment on column api.energy_model_term.maximum is 'Largest input of the baseline period';
