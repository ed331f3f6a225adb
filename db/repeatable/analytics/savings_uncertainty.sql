-- Uncertainty of savings, ASHRAE Guideline 14-2014, 4.2.11 and annex B, with the number of independent days
-- n' = n (1 - rho) / (1 + rho), and the factor of Sun and Baltazar (2013) for daily models as OpenDSM has it, in the
-- place of the constant 1.26. Of the expected energy of the reporting period, as in the guideline.
create or replace function analytics.savings_uncertainty(
    p_expected_kwh float8, p_mean_kwh float8, p_rmse_kwh float8, p_days int, p_autocorrelation float8, p_reporting_days int, p_t float8
)
returns float8
language sql immutable
as $$
    select p_expected_kwh * p_t * (-0.00024 * x.months ^ 2 + 0.03535 * x.months + 1.00286) * p_rmse_kwh / p_mean_kwh
        * sqrt(p_days / x.independent * (1 + 2 / x.independent) / p_reporting_days)
    from (
        select p_reporting_days / 30.0::float8 as months,
            p_days * (1 - p_autocorrelation) / (1 + p_autocorrelation) as independent
    ) as x
    where p_mean_kwh > 0 and p_days > 0 and p_reporting_days > 0 and p_autocorrelation < 1
$$;
comment on function analytics.savings_uncertainty is
'Half of the interval of savings, kWh, from a daily baseline: ASHRAE Guideline 14 with OpenDSM''s factor';
