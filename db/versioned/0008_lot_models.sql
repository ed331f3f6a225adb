-- lotwatt: plain
-- What a lot should have used, and how it should have gone.

-- What a person said of a lot. A lot whose excess was real, or that a planned stop disturbed, never trains.
create table analytics.lot_verdict (
    lot_id int primary key references plant.lot on delete cascade,
    verdict text not null check (verdict in ('real', 'false', 'planned_stop')),
    note text,
    judged_at timestamptz not null default now(),
    judged_by text not null default session_user
);

-- One row for each time the job learned something else than before.
create table analytics.lot_model (
    version int primary key,
    fitted_at timestamptz not null default now(),
    valid_from timestamptz not null,
    data_to timestamptz,
    lots int not null,
    minimum_excess_kwh float8 not null,
    parameters jsonb not null,
    reason text
);
comment on column analytics.lot_model.valid_from is 'Lots that finish from here on are judged by this version, until the next one';
comment on column analytics.lot_model.data_to is 'When the last lot that it learned from finished';
comment on column analytics.lot_model.parameters is 'All of the version, as the job made it: a run that learns the same again adds no version';
comment on column analytics.lot_model.reason is 'Why there is nothing to expect; NULL where there is';

-- How good: each lot estimated by a model that has not seen it.
create table analytics.lot_fit (
    version int not null references analytics.lot_model on delete cascade,
    target text not null check (target in ('energy', 'duration')),
    fall_back text not null,
    lots int not null,
    cv_rmse float8,
    nmbe float8,
    coverage float8,
    method text not null,
    primary key (version, target, fall_back)
);
comment on column analytics.lot_fit.fall_back is 'all, none (own term of the reference), or the fall-back that these lots had';

-- ln(target) = intercept of a level + sum of coefficient x ln(input + shift), or x input where is_linear.
create table analytics.lot_term (
    version int not null references analytics.lot_model on delete cascade,
    target text not null,
    slopes text not null,
    input text not null,
    is_driver boolean not null,
    is_linear boolean not null,
    shift float8 not null,
    coefficient float8 not null,
    standard_error float8,
    p_value float8,
    minimum float8 not null,
    maximum float8 not null,
    primary key (version, target, slopes, input)
);
comment on column analytics.lot_term.input is 'quantity, machine_s, or the code of a driver';
comment on column analytics.lot_term.shift is 'What a lot of this reference uses before its first unit, in units; 0 for all but the quantity';
comment on column analytics.lot_term.standard_error is 'NULL where the coefficient was not estimated: assumed, or taken from the lots of known references';
comment on column analytics.lot_term.minimum is 'Smallest input that it learned from';

-- Where a lot's estimate starts. A row fits a lot where all of its keys do; of those, the first by rank.
create table analytics.lot_level (
    version int not null references analytics.lot_model on delete cascade,
    target text not null,
    rank int not null,
    reference text,
    family text,
    machine text,
    slopes text not null,
    intercept float8 not null,
    half_width float8,
    lots int not null,
    fall_back text,
    is_firm boolean not null,
    unique nulls not distinct (version, target, rank, reference, family, machine)
);
comment on column analytics.lot_level.half_width is 'Half of the 95 % interval of ln(target); NULL where the spread is not known';
comment on column analytics.lot_level.fall_back is 'NULL: the reference has a term of its own; else what stands in for it';

comment on column analytics.lot_level.is_firm is 'Whether it may flag a lot: it rests on lots of the reference, or on 5 references of its family or machine';

-- The norm of a reference: medians over the lots that train. The bridge measures a lot against it.
create table analytics.lot_norm (
    version int not null references analytics.lot_model on delete cascade,
    reference text not null,
    quantity float8 not null,
    seconds_per_unit float8 not null,
    power_kw float8 not null,
    lots int not null,
    primary key (version, reference)
);

-- Limits of a control chart, frozen: a new lot never moves them. The next version only follows a decision.
create table analytics.control_limit (
    reference_id int not null references plant.reference on delete cascade,
    figure text not null check (figure in ('energy_kwh_per_unit', 'machine_s', 'temperature_c_mean')),
    version int not null,
    valid_from timestamptz not null,
    frozen_at timestamptz not null default now(),
    baseline_from timestamptz not null,
    baseline_to timestamptz not null,
    lots int not null,
    center float8 not null,
    moving_range float8 not null,
    why text not null,
    primary key (reference_id, figure, version)
);
comment on column analytics.control_limit.moving_range is 'Mean of the moving ranges of the baseline; sigma is this / 1.128';

-- Profiles by percent of the lot: element i of an array is phase i.
create table analytics.lot_profile (
    lot_id int primary key references plant.lot on delete cascade,
    temperature_c float8[] not null,
    power_kw float8[] not null,
    basis text not null,
    made_at timestamptz not null default now()
);
comment on column analytics.lot_profile.basis is 'What the profile was made from; made anew where it is no longer that';

create table analytics.golden (
    reference_id int not null references plant.reference on delete cascade,
    version int not null,
    frozen_at timestamptz not null default now(),
    lots text[] not null,
    candidates int not null,
    primary key (reference_id, version)
);
create table analytics.golden_phase (
    reference_id int not null,
    version int not null,
    measure text not null check (measure in ('temperature_c', 'power_kw')),
    phase int not null,
    median float8 not null,
    spread float8 not null,
    lots int not null,
    primary key (reference_id, version, measure, phase),
    foreign key (reference_id, version) references analytics.golden on delete cascade
);
comment on column analytics.golden_phase.spread is 'Robust standard deviation of one lot about the median, in the unit of the measure';
