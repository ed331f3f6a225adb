-- MASE: Hyndman, Koehler (2006), scaled by the week-ago naive forecast of the same hours. MSIS: Gneiting, Raftery
-- (2007), as in the M4 competition, with alpha = 0.05.
create view api.forecast_accuracy as
select
    f.level,
    f.place,
    f.carrier,
    min(f.issued_at) as issued_from,
    max(f.issued_at) as issued_to,
    count(distinct f.issued_at) as forecasts,
    count(*) as hours,
    avg(abs(f.error_kwh)) as mean_absolute_error_kwh,
    avg(abs(f.error_kwh)) / nullif(avg(abs(f.actual_kwh - f.naive_kwh)), 0) as mase,
    100 * sum(abs(f.error_kwh)) / nullif(sum(abs(f.actual_kwh)), 0) as wmape_percent,
    100 * avg(f.is_within::int) as coverage_percent,
    avg(
        f.high_kwh - f.low_kwh
        + 2 / 0.05 * (greatest(f.low_kwh - f.actual_kwh, 0) + greatest(f.actual_kwh - f.high_kwh, 0))
    ) / nullif(avg(abs(f.actual_kwh - f.naive_kwh)), 0) as msis
from api.forecast as f
where f.issued_at > now() - interval '56 days' and f.error_kwh is not null and f.naive_kwh is not null
group by f.level, f.place, f.carrier;
comment on view api.forecast_accuracy is 'How good the forecasts of the last 56 days were, by what happened';
comment on column api.forecast_accuracy.level is 'machine, line or site';
comment on column api.forecast_accuracy.place is 'Code of the machine, line or site';
comment on column api.forecast_accuracy.carrier is 'Energy carrier';
comment on column api.forecast_accuracy.issued_from is 'First of these forecasts';
comment on column api.forecast_accuracy.issued_to is 'Last of these forecasts';
comment on column api.forecast_accuracy.forecasts is 'Number of forecasts';
comment on column api.forecast_accuracy.hours is 'Hours foreseen and fully measured';
comment on column api.forecast_accuracy.mean_absolute_error_kwh is 'Mean absolute error of an hour, kWh';
comment on column api.forecast_accuracy.mase is 'Mean absolute error / that of the week-ago naive forecast of the same hours: below 1 is better than naive';
comment on column api.forecast_accuracy.wmape_percent is 'Sum of absolute errors in percent of what was used';
comment on column api.forecast_accuracy.coverage_percent is 'Share of hours within their 95 % interval';
comment on column api.forecast_accuracy.msis is 'Mean scaled interval score: width, plus 40 times what lies outside, in errors of the naive forecast; lower is better';
