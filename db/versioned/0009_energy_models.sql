-- lotwatt: plain
-- What machines, lines and sites should use, and will use. A place is named by its level and code.
insert into ops.setting (name, value, description) values
('energy_minimum_coverage', '0.99', 'Share of an hour or day that must be measured, on every meter, before it trains or is compared');

-- Public holidays of sites that declare a calendar; a job writes them.
create table analytics.holiday (
    site_id int not null references plant.site on delete cascade,
    day date not null,
    name text not null,
    primary key (site_id, day)
);

-- An energy baseline (ISO 50006) of days. One that holds stays as it is until somebody renews it.
create table analytics.energy_model (
    energy_model_id bigint generated always as identity primary key,
    level text not null check (level in ('machine', 'line', 'site')),
    place text not null,
    carrier text not null,
    version int not null,
    baseline_from date,
    baseline_to date,
    fitted_at timestamptz not null default clock_timestamp(),
    days int not null,
    mean_kwh float8,
    rmse_kwh float8,
    r2 float8,
    cv_rmse float8,
    nmbe float8,
    autocorrelation float8,
    t_90 float8,
    is_valid boolean not null,
    why text not null,
    reason text,
    unique (level, place, carrier, version)
);
comment on column analytics.energy_model.baseline_to is 'Last day of the baseline period; what comes after it is compared with it';
comment on column analytics.energy_model.rmse_kwh is 'Root mean square of the residuals, for the days less the coefficients';
comment on column analytics.energy_model.t_90 is 'Quantile of Student''s t for a two-sided confidence of 90 %';
comment on column analytics.energy_model.reason is 'Which of the conditions of a valid baseline does not hold; NULL where all do';

create table analytics.energy_term (
    energy_model_id bigint not null references analytics.energy_model on delete cascade,
    input text not null,
    coefficient float8 not null,
    standard_error float8,
    p_value float8,
    minimum float8 not null,
    maximum float8 not null,
    primary key (energy_model_id, input)
);

-- Each forecast as it was issued, kept for ever.
create table analytics.forecast_run (
    forecast_run_id bigint generated always as identity primary key,
    level text not null check (level in ('machine', 'line', 'site')),
    place text not null,
    carrier text not null,
    issued_at timestamptz not null,
    fitted_at timestamptz not null default clock_timestamp(),
    history_hours int not null,
    method text,
    error_ratio float8,
    compared_days int not null,
    reason text,
    unique (level, place, carrier, issued_at)
);
comment on column analytics.forecast_run.issued_at is 'Start of its first hour; it knows only what was used before';
comment on column analytics.forecast_run.error_ratio is 'Error of the method in errors of the week-ago naive forecast, over the days compared';
create table analytics.forecast (
    forecast_run_id bigint not null references analytics.forecast_run on delete cascade,
    time timestamptz not null,
    energy_kwh float8,
    low_kwh float8,
    high_kwh float8,
    naive_kwh float8,
    primary key (forecast_run_id, time)
);
create index on analytics.forecast_run (issued_at);

-- How good what is learned was found to be, each time that it was evaluated.
create table analytics.evaluation (
    evaluation_id bigint generated always as identity primary key,
    evaluated_at timestamptz not null default clock_timestamp(),
    subject text not null,
    data text not null,
    result jsonb not null
);
