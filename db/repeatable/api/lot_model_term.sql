create view api.lot_model_term as
select
    t.version,
    t.target,
    t.slopes,
    t.input,
    t.is_driver,
    case when t.is_linear then 'linear' else 'logarithm' end as enters_as,
    t.shift,
    t.coefficient,
    t.standard_error,
    t.p_value,
    t.minimum,
    t.maximum
from analytics.lot_term as t;
comment on view api.lot_model_term is 'What quantity, time and drivers do to the energy and the time of a lot: coefficients of the models';
comment on column api.lot_model_term.version is 'Version of the model';
comment on column api.lot_model_term.target is 'energy or duration';
comment on column api.lot_model_term.slopes is 'Which lots it is for: references with a term of their own, or a fall-back; then the inputs that they must have';
comment on column api.lot_model_term.input is 'quantity, machine_s or a driver';
comment on column api.lot_model_term.is_driver is 'True for a driver';
comment on column api.lot_model_term.enters_as is 'logarithm: twice (input + shift) is 2 ^ coefficient times the energy; linear: one unit more is e ^ coefficient times the energy';
comment on column api.lot_model_term.shift is 'Added to the quantity: what a lot of this reference uses before its first unit, in units';
comment on column api.lot_model_term.coefficient is 'Coefficient';
comment on column api.lot_model_term.standard_error is 'Its standard error; NULL where it was assumed, or taken from lots of known references';
comment on column api.lot_model_term.p_value is 'Probability of so large a coefficient where the input does nothing; NULL as for standard_error';
comment on column api.lot_model_term.minimum is 'Smallest input that was learned from';
comment on column api.lot_model_term.maximum is 'Largest input that was learned from';
